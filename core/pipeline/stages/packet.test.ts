import type { Biometric, Enrolment, Process } from '@enroute/shared/enrolment/enrolment.ts';
import { POSITIONS } from '@enroute/shared/enrolment/enrolment.ts';
import { DEFAULT_ENROLMENT_POLICY } from '@enroute/shared/policy/enrolment-policy.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import type { Outcome } from '../outcome.ts';
import { type EnrolmentOptions, enrolmentOf, NOW, OTHER_STATION, STATION } from '../pipeline.fixture.ts';
import { packetStage } from './packet.ts';
import { NEXT, stageBench } from './stages.fixture.ts';

const bench = stageBench();

const refuse = (code: StatusCode): Outcome => ({ kind: 'reject', code });
function withFace(change: Partial<Biometric>): Biometric[] {
  return enrolmentOf(1).biometrics.map((capture) =>
    capture.position === 'FACE' ? { ...capture, ...change } : capture,
  );
}

function emptied(documents: Enrolment['documents']): Enrolment['documents'] {
  return documents.map((document) => ({ ...document, content: new Uint8Array() }));
}

describe('packet', () => {
  const stage = packetStage(DEFAULT_ENROLMENT_POLICY);

  test('lets a complete enrolment pass', async () => {
    expect(await bench.decide(stage, await bench.core.arrive())).toEqual({ kind: 'next' });
  });

  test.each<[string, EnrolmentOptions, string]>([
    ['consent', { change: { consent: false } }, 'ENR-VAL-001'],
    ['proof', { change: { documents: [] } }, 'ENR-VAL-003'],
    ['finger', { positions: POSITIONS.slice(1) }, 'ENR-VAL-004'],
  ])('rejects an enrolment without a %s, with the code of it', async (_name, options, code) => {
    expect(await bench.decide(stage, await bench.arrival(options))).toEqual({ kind: 'reject', code });
  });

  test('does not refuse poor captures: they are asked for again', async () => {
    expect(await bench.decide(stage, await bench.arrival({ poor: ['FACE', 'LEFT_INDEX'] }))).toEqual({ kind: 'next' });
  });

  test('lets pass what only deserves a warning', async () => {
    const longAgo = new Date(NOW.getTime() - 25 * 60_000).toISOString();
    const biometrics = enrolmentOf(bench.person).biometrics.map((capture) => ({ ...capture, capturedAt: longAgo }));
    expect(await bench.decide(stage, await bench.arrival({ change: { biometrics } }))).toEqual({ kind: 'next' });
  });

  test.each<[string, Partial<Enrolment>, string]>([
    ['a capture without an image', { biometrics: withFace({ image: new Uint8Array() }) }, 'ENR-VAL-015'],
    ['a document without content', { documents: emptied(enrolmentOf(1).documents) }, 'ENR-VAL-016'],
    [
      'a capture from after the sealing',
      { capturedAt: new Date(NOW.getTime() + 301_000).toISOString() },
      'ENR-VAL-017',
    ],
  ])('rejects an enrolment with %s, which it sees without unpacking', async (_name, change, code) => {
    expect(await bench.decide(stage, await bench.arrival({ change }))).toEqual({ kind: 'reject', code });
  });

  test('bounds the age of a capture by the time that the station signed', async () => {
    const captureTime = { ...DEFAULT_ENROLMENT_POLICY.captureTime, refuseAboveDays: 30 };
    const strict = packetStage({ ...DEFAULT_ENROLMENT_POLICY, captureTime });
    const capturedAt = new Date(NOW.getTime() - 31 * 86_400_000).toISOString();
    const biometrics = enrolmentOf(bench.person).biometrics.map((capture) => ({ ...capture, capturedAt }));
    const old = await bench.arrival({ change: { capturedAt, biometrics } });
    expect(await bench.decide(strict, old)).toEqual({ kind: 'reject', code: 'ENR-VAL-018' });
    expect(await bench.decide(stage, old)).toEqual({ kind: 'next' });
  });

  test('looks for the captures of an introducer', async () => {
    const introducer = {
      neededBy: ['ADULT'] as const,
      biometrics: true,
      vidSuffices: true,
      uinDigits: 10,
      vidDigits: 16,
    };
    const strict = packetStage({ ...DEFAULT_ENROLMENT_POLICY, introducer });
    const { identity, biometrics } = enrolmentOf(bench.person);
    const named = { ...identity, introducerVID: '1234567890123456' };
    expect(await bench.decide(strict, await bench.arrival({ change: { identity: named } }))).toEqual({
      kind: 'reject',
      code: 'ENR-VAL-011',
    });
    const vouched = { identity: named, introducer: { biometrics: biometrics.slice(0, 1) } };
    expect(await bench.decide(strict, await bench.arrival({ change: vouched }))).toEqual({ kind: 'next' });
  });

  const UIN = '3127850469';
  const grown = (change: object) => ({ ...enrolmentOf(1).identity, ...change });
  const processes: [Process, string, Partial<Enrolment>, Outcome][] = [
    ['UPDATE', 'a new name', { identity: { UIN, fullName: 'Amina B' } }, NEXT],
    ['UPDATE', 'no number', { identity: { fullName: 'Amina B' } }, refuse('ENR-VAL-021')],
    ['UPDATE', 'a number with a wrong digit', { identity: { UIN: '3127850461' } }, refuse('ENR-VAL-021')],
    ['UPDATE', 'no captures', { identity: { UIN, fullName: 'Amina B' }, biometrics: [] }, refuse('ENR-VAL-020')],
    ['UPDATE', 'a birth that is none', { identity: { UIN, dateOfBirth: '1990/02/30' } }, refuse('ENR-VAL-005')],
    ['RES_UPDATE', 'a new address', { identity: { UIN, city: 'Fes' }, biometrics: [] }, NEXT],
    ['RES_UPDATE', 'captures', { identity: { UIN, city: 'Fes' } }, refuse('ENR-VAL-024')],
    ['RES_UPDATE', 'a new name', { identity: { UIN, fullName: 'B' }, biometrics: [] }, refuse('ENR-VAL-022')],
    ['RES_UPDATE', 'no change', { identity: { UIN }, biometrics: [] }, refuse('ENR-VAL-023')],
    [
      'RES_UPDATE',
      'no paper',
      { identity: { UIN, city: 'Fes' }, biometrics: [], documents: [] },
      refuse('ENR-VAL-003'),
    ],
    ['LOST', 'who it is', { identity: grown({}), documents: [] }, NEXT],
    ['LOST', 'no gender', { identity: grown({ gender: '' }) }, refuse('ENR-VAL-002')],
    ['ACTIVATE', 'the number and the person', { identity: { UIN }, documents: [] }, NEXT],
    ['ACTIVATE', 'a new name', { identity: { UIN, fullName: 'B' } }, refuse('ENR-VAL-022')],
    ['ACTIVATE', 'no consent', { identity: { UIN }, consent: false }, refuse('ENR-VAL-001')],
    ['DEACTIVATE', 'a paper, and nobody there', { identity: { UIN }, biometrics: [], consent: false }, NEXT],
    ['DEACTIVATE', 'no paper', { identity: { UIN }, documents: [] }, refuse('ENR-VAL-003')],
  ];
  test.each(processes)('judges %s with %s', async (process, _name, change, outcome) => {
    expect(await bench.decide(stage, await bench.arrival({ change }, { process }))).toEqual(outcome);
  });

  test('demands the signatures of devices where the country does', async () => {
    const strict = packetStage({ ...DEFAULT_ENROLMENT_POLICY, signatures: { demanded: true } });
    expect(await bench.decide(strict, await bench.arrival())).toEqual(refuse('ENR-VAL-025'));
    const signature = 'eyJhbGciOiJSUzI1NiJ9..c2lnbmF0dXJl';
    const biometrics = enrolmentOf(1).biometrics.map((capture) => ({ ...capture, signature }));
    expect(await bench.decide(strict, await bench.arrival({ change: { biometrics } }))).toEqual(NEXT);
  });

  test.each<[string, Partial<StoredRegistration>]>([
    ['operator', { operator: 'op2' }],
    ['station', { station: OTHER_STATION }],
    ['process', { process: 'LOST' }],
    ['RID', { _id: `${STATION}9999920260301080000` }],
  ])('fails a packet that names another %s than its manifest', async (_name, change) => {
    const registration = { ...(await bench.core.arrive()), ...change };
    expect(await bench.decide(stage, registration)).toEqual({ kind: 'fail', code: 'ENR-PKT-010' });
  });
});
