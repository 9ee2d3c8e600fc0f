import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { parseRid } from '@enroute/shared/rid/rid.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { infant } from '../agent/agent.fixture.ts';
import { createPerson } from '../keys/people.ts';
import { createIdentity } from '../keys/station-identity.ts';
import { trustCore } from '../keys/trusted-core.ts';
import { type OpenedStation, openStation } from '../open-station.ts';
import { temporaryFolder } from '../queue/station-database.fixture.ts';

const STATION = '1000110077';
const PASSPHRASE = 'passphrase of the station';
const PASSWORD = 'password of amina';
const NOW = Date.parse('2026-03-01T10:00:00.000Z');
const DAY_MS = 86_400_000;

interface DeskUnderTest {
  /** How wrong its clock is. */
  wrongMs: number;
  trueMs: number;
  open(): Promise<OpenedStation>;
  /** @returns the time that the RID says, and the one that the row says. @throws EnrouteError when it is refused. */
  enrol(station: OpenedStation): Promise<readonly [string, string]>;
}

async function deskUnderTest(): Promise<DeskUnderTest> {
  const folder = await temporaryFolder();
  await createIdentity(folder, STATION, PASSPHRASE, QUICK_COST);
  await createPerson(folder, 'amina', ['operator'], PASSWORD, QUICK_COST);
  const [signingKey, sealingKey] = [publicKeyOf(newSigningKeyPair()), publicKeyOf(newSealingKeyPair())];
  await trustCore(folder, { v: 1, epoch: 'first', signingKey, sealingKey });
  const desk: DeskUnderTest = {
    wrongMs: 0,
    trueMs: NOW,
    open: async () => {
      const station = await openStation({
        folder,
        passphrase: PASSPHRASE,
        now: () => new Date(desk.trueMs + desk.wrongMs),
        monotonicMs: () => desk.trueMs,
        log: pino({ enabled: false }),
      });
      onTestFinished(() => station.close());
      return station;
    },
    enrol: async (station) => {
      const operator = await station.signIn('amina', PASSWORD);
      // Capture software knows the clock of the machine only.
      const capturedAt = new Date(desk.trueMs + desk.wrongMs).toISOString();
      const { biometrics, ...others } = infant();
      const enrolment = { ...others, capturedAt, biometrics: biometrics.map((one) => ({ ...one, capturedAt })) };
      const { rid } = await station.enrol({ enrolment, process: 'NEW', operator, priority: 'normal' });
      return [parseRid(rid).at.toISOString(), (await station.show(rid)).savedAt] as const;
    },
  };
  return desk;
}

const at = (days: number): string => new Date(NOW + days * DAY_MS).toISOString();

describe('what a station with a wrong clock writes', () => {
  it('is from the core’s time once that is known, in the RID as well', async () => {
    const desk = await deskUnderTest();
    desk.wrongMs = 3 * DAY_MS;
    const station = await desk.open();
    expect(await desk.enrol(station)).toEqual([at(3), at(3)]);
    station.clock.observe(3 * DAY_MS);
    expect(await desk.enrol(station)).toEqual([at(0), at(0)]);
    desk.wrongMs = -3 * DAY_MS;
    expect(await desk.enrol(station)).toEqual([at(0), at(0)]);
  });

  it('is of one time within a packet, when the core’s time is learnt while it is being saved', async () => {
    const desk = await deskUnderTest();
    desk.wrongMs = 3 * DAY_MS;
    const station = await desk.open();
    const { enrol } = station;
    vi.spyOn(station, 'enrol').mockImplementationOnce((request) => {
      const saving = enrol(request);
      station.clock.observe(3 * DAY_MS);
      return saving;
    });
    expect(await desk.enrol(station)).toEqual([at(3), at(3)]);
    expect(await desk.enrol(station)).toEqual([at(0), at(0)]);
  });

  it('is never from before what it has written already, when the battery is dead at the next start', async () => {
    const desk = await deskUnderTest();
    const station = await desk.open();
    desk.trueMs += DAY_MS;
    await desk.enrol(station);
    await station.close();
    desk.wrongMs = Date.parse('2015-01-01T00:00:00Z') - desk.trueMs;
    const again = await desk.open();
    desk.trueMs += DAY_MS;
    expect(await desk.enrol(again)).toEqual([at(2), at(2)]);
  });

  it('is never from before the last contact with the core', async () => {
    const desk = await deskUnderTest();
    const station = await desk.open();
    station.clock.observe(0);
    desk.trueMs += 30 * DAY_MS;
    await station.syncNotes.noteSync();
    await station.close();
    desk.wrongMs = -100 * DAY_MS;
    expect(await desk.enrol(await desk.open())).toEqual([at(30), at(30)]);
  });

  it('does not stay ahead at the next start, once the core has shown that it was', async () => {
    const desk = await deskUnderTest();
    desk.wrongMs = 20 * DAY_MS;
    const station = await desk.open();
    const [, savedAt] = await desk.enrol(station);
    station.clock.observe(20 * DAY_MS);
    for (const { rid } of await station.queue(10)) await station.packets.move(rid, 'ANNOUNCED');
    await station.close();
    desk.wrongMs = 0;
    expect(savedAt).toBe(at(20));
    expect((await desk.open()).clock.now().toISOString()).toBe(at(0));
  });
});
