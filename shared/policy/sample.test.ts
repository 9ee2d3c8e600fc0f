/** A packet of a real station passes the default policy: what it demands is what the field delivers. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { enrolmentFromMosip } from '../mosip/import.ts';
import { deviceOf } from './device.ts';
import { factsOf } from './enrolment-facts.ts';
import { checkAtDesk, DEFAULT_ENROLMENT_POLICY } from './enrolment-policy.ts';
import { masterDataOf } from './master-data.ts';
import { STATION } from './policy.fixture.ts';

const SAMPLE =
  process.env.ENROUTE_SAMPLE_PACKET ?? resolve(import.meta.dirname, '../../../shared/samples/mosip-packet');
const present = existsSync(join(SAMPLE, 'id/ID.json'));

function contentsOf(folder: string): Map<string, Uint8Array> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    paths.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), new Uint8Array(readFileSync(path))];
    }),
  );
}

describe.skipIf(!present)(`a real MOSIP enrolment${present ? '' : ' (skipped: set ENROUTE_SAMPLE_PACKET)'}`, () => {
  const facts = () => {
    const { enrolment, process } = enrolmentFromMosip(contentsOf(SAMPLE));
    // The contents say nothing of consent.
    return factsOf(
      { ...enrolment, consent: true },
      { process, station: STATION, operator: 'amina', sealedAt: '2026-03-01T10:00:00.000Z' },
    );
  };

  it('passes the default policy, consent given, with no word but that it is years old', () => {
    expect(checkAtDesk(facts(), DEFAULT_ENROLMENT_POLICY)).toMatchObject([{ code: 'ENR-VAL-018', weight: 'warn' }]);
  });

  it('names the three devices that captured it, and is refused when one is blocked', () => {
    const { biometrics } = facts();
    const named = biometrics.map(deviceOf);
    expect(named).not.toContain(undefined);
    expect(new Set(named.map((device) => device?.serial)).size).toBe(3);
    const blocked = named
      .slice(0, 1)
      .flatMap((device) => (device ? [{ ...device, from: '2020-01-01T00:00:00Z' }] : []));
    const common = { v: 1, station: STATION, number: 1, at: '2026-03-01T00:00:00Z' } as const;
    const master = masterDataOf(undefined, { ...common, kind: 'devices', blocked, calibrated: [] });
    expect(checkAtDesk(facts(), DEFAULT_ENROLMENT_POLICY, master)).toMatchObject([
      { code: 'ENR-CMD-005' },
      { code: 'ENR-VAL-018' },
    ]);
  });
});
