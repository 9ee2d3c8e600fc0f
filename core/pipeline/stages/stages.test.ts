import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { type Biometric, type Enrolment, FINGERS, POSITIONS } from '@enroute/shared/enrolment/enrolment.ts';
import { DEFAULT_ENROLMENT_POLICY } from '@enroute/shared/policy/enrolment-policy.ts';
import type { MasterData } from '@enroute/shared/policy/master-data.ts';
import { DEFAULT_QUALITY_POLICY } from '@enroute/shared/policy/quality-policy.ts';
import { DEFAULT_STATION_LIMITS } from '@enroute/shared/policy/station-limits.ts';
import { type Receipt, verifyReceipt } from '@enroute/shared/schemas/receipt.ts';
import { openResult, type Result } from '@enroute/shared/schemas/result.ts';
import { type Task, verifyTask } from '@enroute/shared/schemas/task.ts';
import { UIN_PRESETS } from '@enroute/shared/uin/rules.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import { assignUins } from '../../identity/assign-uins.ts';
import type { Database, Doc, Stored } from '../../store/store.ts';
import type { LoadedFlow } from '../flow.ts';
import type { Outcome } from '../outcome.ts';
import { loadPackets } from '../packet-loader.ts';
import {
  type ArrivalOptions,
  broken,
  type EnrolmentOptions,
  enrolmentOf,
  faulty,
  faultyDatabases,
  must,
  NOW,
  OTHER_STATION,
  openTestCore,
  put,
  STATION,
  type TestCore,
} from '../pipeline.fixture.ts';
import { loadShippedFlows } from '../shipped-flows.ts';
import type { EffectStage, PureStage, Work } from '../stage.ts';
import { askCorrectionStage } from './ask-correction.ts';
import { classifyStage } from './classify.ts';
import { demoDedupeStage } from './demo-dedupe.ts';
import { finaliseStage } from './finalise.ts';
import { handOverStage } from './hand-over.ts';
import { qualityStage } from './quality.ts';
import { receiveStage } from './receive.ts';
import { uinStage } from './uin.ts';
import { validateStage } from './validate.ts';

let core: TestCore;
let person = 1000;
beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.dispose());
beforeEach(() => {
  person += 1;
});

const COMPLETED = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;
const REJECTED = { state: 'REJECTED', code: 'ENR-DDP-001' } as const;

function master(change: Partial<MasterData>): MasterData {
  return { approval: false, limits: DEFAULT_STATION_LIMITS, blocked: [], calibrated: [], ...change };
}

function withFace(change: Partial<Biometric>): Biometric[] {
  return enrolmentOf(1).biometrics.map((capture) =>
    capture.position === 'FACE' ? { ...capture, ...change } : capture,
  );
}

function emptied(documents: Enrolment['documents']): Enrolment['documents'] {
  return documents.map((document) => ({ ...document, content: new Uint8Array() }));
}

async function workOf(registration: StoredRegistration, verdict: Work['verdict'] = COMPLETED): Promise<Work> {
  return { registration, verdict, packets: await loadPackets(registration, core.vault, core.keyFor) };
}

const arrival = (options: EnrolmentOptions, arrivalOptions: ArrivalOptions = {}): Promise<StoredRegistration> =>
  core.arrive({ enrolment: enrolmentOf(person, options), ...arrivalOptions });

async function decide(stage: PureStage, registration: StoredRegistration): Promise<Outcome> {
  return stage.decide(await workOf(registration), NOW);
}

async function perform(stage: EffectStage, registrations: readonly StoredRegistration[]): Promise<Outcome[]> {
  return stage.perform(await Promise.all(registrations.map((registration) => workOf(registration))), NOW);
}

async function downDoc<T extends Doc>(id: string, station = STATION): Promise<Stored<T>> {
  return must(await (await core.databases.channel(station)).get<T>(id));
}

/** As it went down, without what the store adds. */
function body<T extends object>({ _id, _rev, ...rest }: Stored<Doc & T>): Omit<Stored<Doc & T>, '_id' | '_rev'> {
  return rest;
}

describe('receive', () => {
  test('tells each station, signed, that its packet is held', async () => {
    const own = await core.arrive();
    const other = await core.arrive({ station: OTHER_STATION });
    expect(await perform(receiveStage(core.databases, core.keys), [own, other])).toEqual([
      { kind: 'next' },
      { kind: 'next' },
    ]);
    for (const { _id: rid, station, packet } of [own, other]) {
      const receipt = await downDoc<Doc & Receipt>(`receipt:${rid}:RECEIVED`, station);
      expect(receipt).toMatchObject({ kind: 'RECEIVED', rid, station, digest: packet.digest, epoch: core.keys.epoch });
      expect(verifyReceipt(body(receipt) as Receipt, publicKeyOf(core.keys.signing))).toBe(true);
    }
  });

  test('says the same when it is done again', async () => {
    const registration = await core.arrive();
    const stage = receiveStage(core.databases, core.keys);
    await perform(stage, [registration]);
    const first = await downDoc(`receipt:${registration._id}:RECEIVED`);
    await perform(stage, [registration]);
    expect(await downDoc(`receipt:${registration._id}:RECEIVED`)).toEqual(first);
  });
});

describe('validate', () => {
  const stage = validateStage(DEFAULT_ENROLMENT_POLICY, () => undefined);

  test('lets a complete enrolment pass', async () => {
    expect(await decide(stage, await core.arrive())).toEqual({ kind: 'next' });
  });

  test.each<[string, EnrolmentOptions, string]>([
    ['consent', { change: { consent: false } }, 'ENR-VAL-001'],
    ['proof', { change: { documents: [] } }, 'ENR-VAL-003'],
    ['finger', { positions: POSITIONS.slice(1) }, 'ENR-VAL-004'],
  ])('rejects an enrolment without a %s, with the code of it', async (_name, options, code) => {
    expect(await decide(stage, await arrival(options))).toEqual({ kind: 'reject', code });
  });

  test('does not refuse poor captures: they are asked for again', async () => {
    expect(await decide(stage, await arrival({ poor: ['FACE', 'LEFT_INDEX'] }))).toEqual({ kind: 'next' });
  });

  test('lets pass what only deserves a warning', async () => {
    const longAgo = new Date(NOW.getTime() - 25 * 60_000).toISOString();
    const biometrics = enrolmentOf(person).biometrics.map((capture) => ({ ...capture, capturedAt: longAgo }));
    expect(await decide(stage, await arrival({ change: { biometrics } }))).toEqual({ kind: 'next' });
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
    expect(await decide(stage, await arrival({ change }))).toEqual({ kind: 'reject', code });
  });

  test('bounds the age of a capture by the time that the station signed', async () => {
    const captureTime = { ...DEFAULT_ENROLMENT_POLICY.captureTime, refuseAboveDays: 30 };
    const strict = validateStage({ ...DEFAULT_ENROLMENT_POLICY, captureTime }, () => undefined);
    const capturedAt = new Date(NOW.getTime() - 31 * 86_400_000).toISOString();
    const biometrics = enrolmentOf(person).biometrics.map((capture) => ({ ...capture, capturedAt }));
    const old = await arrival({ change: { capturedAt, biometrics } });
    expect(await decide(strict, old)).toEqual({ kind: 'reject', code: 'ENR-VAL-018' });
    expect(await decide(stage, old)).toEqual({ kind: 'next' });
  });

  test('asks by the master data of the station that captured, as of the capture', async () => {
    const closed = (until: string) =>
      validateStage(DEFAULT_ENROLMENT_POLICY, (station) =>
        station === STATION ? master({ center: [{ from: '2020-01-01T00:00:00Z', until }] }) : undefined,
      );
    const [own, other] = [await arrival({}), await arrival({}, { station: OTHER_STATION })];
    const before = closed(NOW.toISOString());
    expect(await decide(before, own)).toEqual({ kind: 'reject', code: 'ENR-CMD-001' });
    expect(await decide(before, other)).toEqual({ kind: 'next' });
    const after = closed(new Date(NOW.getTime() + 1).toISOString());
    expect(await decide(after, own)).toEqual({ kind: 'next' });
  });

  test('looks for the captures of an introducer', async () => {
    const introducer = { neededBy: ['ADULT'] as const, biometrics: true, uinDigits: 10, vidDigits: 16 };
    const strict = validateStage({ ...DEFAULT_ENROLMENT_POLICY, introducer }, () => undefined);
    const { identity, biometrics } = enrolmentOf(person);
    const named = { ...identity, introducerVID: '1234567890123456' };
    expect(await decide(strict, await arrival({ change: { identity: named } }))).toEqual({
      kind: 'reject',
      code: 'ENR-VAL-011',
    });
    const vouched = { identity: named, introducer: { biometrics: biometrics.slice(0, 1) } };
    expect(await decide(strict, await arrival({ change: vouched }))).toEqual({ kind: 'next' });
  });

  test.each<[string, Partial<StoredRegistration>]>([
    ['operator', { operator: 'op2' }],
    ['station', { station: OTHER_STATION }],
    ['process', { process: 'LOST' }],
    ['RID', { _id: `${STATION}9999920260301080000` }],
  ])('fails a packet that names another %s than its manifest', async (_name, change) => {
    const registration = { ...(await core.arrive()), ...change };
    expect(await decide(stage, registration)).toEqual({ kind: 'fail', code: 'ENR-PKT-010' });
  });
});

describe('classify', () => {
  test.each([
    ['1990/01/02', 'ADULT'],
    ['2015/01/02', 'MINOR'],
    ['2024/01/02', 'INFANT'],
  ])('a person born on %s is an %s', async (dateOfBirth, group) => {
    const { identity } = enrolmentOf(person);
    const registration = await arrival({ change: { identity: { ...identity, dateOfBirth } } });
    expect(await decide(classifyStage, registration)).toEqual({ kind: 'next', facts: { ageGroup: group } });
  });

  test('fails what validation should not have let pass', async () => {
    expect(await decide(classifyStage, await arrival({ change: { identity: {} } }))).toEqual({
      kind: 'fail',
      code: 'ENR-VAL-005',
    });
  });
});

describe('quality', () => {
  const stage = qualityStage(DEFAULT_QUALITY_POLICY);
  const POOR = ['LEFT_INDEX', 'LEFT_RING'] as const;

  test('notes the lowest score of each modality', async () => {
    expect(await decide(stage, await core.arrive())).toEqual({
      kind: 'next',
      facts: { quality: { finger: 92, iris: 92, face: 92 }, poor: [] },
    });
  });

  test('asks again for exactly what is too poor', async () => {
    expect(await decide(stage, await arrival({ poor: POOR }))).toMatchObject({
      kind: 'correct',
      code: 'ENR-QUA-001',
      facts: { poor: POOR, quality: { finger: 5 } },
    });
  });

  const corrected = async (...corrections: readonly EnrolmentOptions[]): Promise<StoredRegistration> => {
    const registration = await arrival({ poor: POOR });
    const taken = [];
    for (const options of corrections) {
      const { _id: rid, packet } = await arrival(options, { process: 'CORRECTION', corrects: registration._id });
      taken.push({ rid, digest: packet.digest });
    }
    return { ...registration, corrections: taken };
  };

  test('counts the latest capture of each position', async () => {
    expect(await decide(stage, await corrected({ positions: POOR }))).toMatchObject({ kind: 'next' });
    const worse = await corrected({ positions: POOR }, { positions: ['LEFT_RING'], poor: ['LEFT_RING'] });
    expect(await decide(stage, worse)).toMatchObject({ kind: 'correct', facts: { poor: ['LEFT_RING'] } });
  });

  test('gives up after five corrections that did not help', async () => {
    const unhelpful: EnrolmentOptions = { positions: ['FACE'] };
    const four = await corrected(unhelpful, unhelpful, unhelpful, unhelpful);
    expect(await decide(stage, four)).toMatchObject({ kind: 'correct' });
    const five = await corrected(unhelpful, unhelpful, unhelpful, unhelpful, unhelpful);
    expect(await decide(stage, five)).toEqual({ kind: 'reject', code: 'ENR-QUA-001' });
  });
});

describe('ask-correction', () => {
  test('sends one signed task with what is to be captured, and waits fifteen days', async () => {
    const registration = await core.arrive({ change: { facts: { poor: ['FACE', 'LEFT_RING'] } } });
    const stage = askCorrectionStage(core.databases, core.keys);
    const until = new Date('2026-03-16T08:00:00.000Z');
    expect(await perform(stage, [registration])).toEqual([{ kind: 'park', reason: 'correction', until }]);
    await perform(stage, [registration]);
    expect(await core.sent(`task:${registration._id}`)).toEqual([`task:${registration._id}:01`]);
    const task = await downDoc<Doc & Task>(`task:${registration._id}:01`);
    expect(task).toMatchObject({ number: 1, positions: ['FACE', 'LEFT_RING'], dueBy: until.toISOString() });
    expect(verifyTask(body(task) as Task, publicKeyOf(core.keys.signing))).toBe(true);
  });

  test('numbers its tasks by the corrections that were taken up', async () => {
    const correction = await core.arrive({ process: 'CORRECTION', corrects: `${STATION}0000120260301080000` });
    const corrections = [{ rid: correction._id, digest: correction.packet.digest }];
    const registration = await core.arrive({ change: { facts: { poor: ['FACE'] }, corrections } });
    await perform(askCorrectionStage(core.databases, core.keys), [registration]);
    expect(await core.sent(`task:${registration._id}`)).toEqual([`task:${registration._id}:02`]);
  });
});

describe('hand-over', () => {
  const flowOf = (registration: StoredRegistration): LoadedFlow | undefined => {
    const flows = loadShippedFlows(core.databases, core.keys, core.register.card);
    return flows.processes.has(registration.process) ? flows.flowOf(registration) : undefined;
  };
  const stage = () => handOverStage(core.databases, flowOf);
  const parked = { reason: 'correction', until: NOW.toISOString() } as const;
  const waiting = (change: Partial<StoredRegistration> = {}): Promise<StoredRegistration> =>
    core.arrive({ change: { state: 'PARKED', stage: 'ask-correction', parked, attempts: 2, ...change } });
  const over = (state: StoredRegistration['state']): Promise<StoredRegistration> =>
    core.arrive({ change: { state, stage: 'finalise', verdict: REJECTED } });
  const correctionOf = (corrects: string, station = STATION): Promise<StoredRegistration> =>
    core.arrive({ process: 'CORRECTION', corrects, station, enrolment: enrolmentOf(person, { positions: FINGERS }) });
  const NOT_WAITING: Outcome = { kind: 'reject', code: 'ENR-VAL-007' };

  test('gives the correction to the registration that waits, and wakes it where its flow says', async () => {
    const parent = await waiting();
    const correction = await correctionOf(parent._id);
    expect(await perform(stage(), [correction])).toEqual([{ kind: 'next' }]);
    const woken = await core.get(parent._id);
    expect(woken).toMatchObject({
      state: 'IN_FLOW',
      stage: 'quality',
      attempts: 0,
      corrections: [{ rid: correction._id, digest: correction.packet.digest }],
    });
    expect(woken).not.toHaveProperty('parked');
  });

  test('does it once, however often it is tried', async () => {
    const parent = await waiting();
    const correction = await correctionOf(parent._id);
    await perform(stage(), [correction]);
    const woken = await core.get(parent._id);
    expect(await perform(stage(), [correction])).toEqual([{ kind: 'next' }]);
    expect(await core.get(parent._id)).toEqual(woken);
  });

  test('takes the first of two corrections of one task; the second waits to see what becomes of it', async () => {
    const parent = await waiting();
    const both = [await correctionOf(parent._id), await correctionOf(parent._id)];
    expect(await perform(stage(), both)).toMatchObject([{ kind: 'next' }, { kind: 'retry', code: 'ENR-VAL-007' }]);
    const woken = await core.get(parent._id);
    expect(woken.corrections.map(({ rid }) => rid)).toEqual([both[0]?._id]);
    await put(core.databases.registrations, { ...woken, state: 'COMPLETED', verdict: COMPLETED });
    expect(await perform(stage(), both)).toEqual([{ kind: 'next' }, NOT_WAITING]);
  });

  test('is tried again when the correction is faster than the wait that it is for', async () => {
    const parent = await core.arrive({ change: { state: 'IN_FLOW', stage: 'ask-correction' } });
    const correction = await correctionOf(parent._id);
    expect(await perform(stage(), [correction])).toMatchObject([{ kind: 'retry', code: 'ENR-VAL-007' }]);
    await put(core.databases.registrations, { ...parent, state: 'PARKED', parked });
    expect(await perform(stage(), [correction])).toEqual([{ kind: 'next' }]);
  });

  test.each<[string, () => Promise<string>]>([
    ['nobody knows', async () => `${STATION}7777720260301080000`],
    ['has expired meanwhile', async () => (await over('IN_FLOW'))._id],
    ['has ended', async () => (await over('REJECTED'))._id],
    ['is a correction itself', async () => (await correctionOf(`${STATION}0000120260301080000`))._id],
    ['has a process without a flow', async () => (await waiting({ process: 'LOST' }))._id],
  ])('rejects a correction of a registration that %s', async (_name, parentOf) => {
    expect(await perform(stage(), [await correctionOf(await parentOf())])).toEqual([NOT_WAITING]);
  });

  test('rejects a correction that another station sends, and leaves the registration waiting', async () => {
    const parent = await waiting();
    expect(await perform(stage(), [await correctionOf(parent._id, OTHER_STATION)])).toEqual([NOT_WAITING]);
    expect(await core.get(parent._id)).toEqual(parent);
  });

  test('rejects a correction that names itself, or nothing', async () => {
    const correction = await correctionOf(`${STATION}0000120260301080000`);
    const { corrects: _, ...nameless } = correction;
    const itself = { ...correction, corrects: correction._id };
    expect(await perform(stage(), [itself, nameless])).toEqual([NOT_WAITING, NOT_WAITING]);
  });

  test('that meets the end of the wait in the same moment gives way to it', async () => {
    const parent = await waiting();
    const correction = await correctionOf(parent._id);
    const { parked: _, ...rest } = parent;
    const expired = { ...rest, state: 'IN_FLOW', stage: 'finalise', verdict: REJECTED } as const;
    const registrations: Database = {
      ...faulty(core.databases.registrations, {}),
      write: async (documents) => {
        await put(core.databases.registrations, expired);
        return core.databases.registrations.write(documents);
      },
    };
    const racing = handOverStage({ ...core.databases, registrations }, flowOf);
    await expect(perform(racing, [correction])).rejects.toMatchObject({ name: 'StoreError', transient: true });
    expect(await core.get(parent._id)).toMatchObject({ verdict: REJECTED, corrections: [] });
    expect(await perform(stage(), [correction])).toEqual([NOT_WAITING]);
  });
});

describe('demo-dedupe', () => {
  const stage = () => demoDedupeStage(core.databases, core.keys);

  test('lets the first of two registrations of a person pass, and rejects the second', async () => {
    const both = [await arrival({}), await arrival({})];
    expect(await perform(stage(), both)).toEqual([{ kind: 'next' }, { kind: 'reject', code: 'ENR-DDP-001' }]);
    expect(await perform(stage(), both)).toEqual([{ kind: 'next' }, { kind: 'reject', code: 'ENR-DDP-001' }]);
  });

  test('lets different people pass', async () => {
    const first = await arrival({});
    person += 1;
    expect(await perform(stage(), [first, await arrival({})])).toEqual([{ kind: 'next' }, { kind: 'next' }]);
  });

  test('does not let anyone pass who can not be compared', async () => {
    const { identity } = enrolmentOf(person);
    const nameless = await arrival({ change: { identity: { ...identity, fullName: 7 } } });
    expect(await perform(stage(), [nameless, await arrival({})])).toEqual([
      { kind: 'reject', code: 'ENR-VAL-002' },
      { kind: 'next' },
    ]);
  });
});

describe('uin', () => {
  test('gives each registration a number of its own, and the same one again', async () => {
    const stage = uinStage(core.databases, UIN_PRESETS.mosip);
    const batch = [await core.arrive(), await core.arrive()];
    expect(await perform(stage, batch)).toEqual([{ kind: 'next' }, { kind: 'next' }]);
    const numbers = async () => {
      const docs = await core.databases.uins.getMany<Doc & { uin: string }>(batch.map(({ _id }) => `rid:${_id}`));
      return docs.map(({ uin }) => uin);
    };
    const first = await numbers();
    expect(new Set(first).size).toBe(2);
    await perform(stage, batch);
    expect(await numbers()).toEqual(first);
  });
});

describe('finalise', () => {
  const stage = (databases = core.databases) => finaliseStage(databases, core.keys, core.register.card);
  const numbered = async (): Promise<{ registration: StoredRegistration; uin: string }> => {
    const registration = await arrival({});
    const uin = String(5_000_000_000 + person);
    await assignUins([registration._id], core.databases.uins, () => uin, NOW);
    return { registration, uin };
  };

  test('writes the record, and tells the number to the station alone', async () => {
    const { registration, uin } = await numbered();
    expect(await perform(stage(), [registration])).toEqual([{ kind: 'next' }]);
    expect(await core.databases.identities.get(uin)).toMatchObject({ rid: registration._id });
    const result = await downDoc<Doc & Result>(`result:${registration._id}`);
    expect(JSON.stringify(result)).not.toContain(uin);
    const opened = openResult(body(result) as Result, core.stationSealing, publicKeyOf(core.keys.signing));
    expect(opened).toEqual({ rid: registration._id, disclosure: 'full', uin });
    expect(await downDoc(`receipt:${registration._id}:OUTCOME`)).toMatchObject({
      outcome: 'COMPLETED',
      code: 'ENR-OUT-001',
    });
  });

  test('tells a rejection, and gives neither record nor number even if there is one', async () => {
    const { registration, uin } = await numbered();
    await stage().perform([await workOf(registration, REJECTED)], NOW);
    expect(await downDoc(`receipt:${registration._id}:OUTCOME`)).toMatchObject({
      outcome: 'REJECTED',
      code: 'ENR-DDP-001',
    });
    expect(await core.databases.identities.get(uin)).toBeUndefined();
    expect(await core.sent(`result:${registration._id}`)).toEqual([]);
  });

  test('does not read a packet that need not be read', async () => {
    const registration = await core.arrive({ bytes: new TextEncoder().encode('no packet') });
    const work = await workOf(registration, { state: 'FAILED', code: 'ENR-PKT-001' });
    expect(await stage().perform([work], NOW)).toEqual([{ kind: 'next' }]);
    expect(await core.sent(`receipt:${registration._id}:OUTCOME`)).toHaveLength(1);
  });

  test('sends the receipt, which lets the station release the packet, after everything else', async () => {
    const { registration, uin } = await numbered();
    let broke = false;
    const databases = faultyDatabases(core.databases, {
      before: (method, _db, documents) => {
        if (method !== 'write' || !documents.some(({ _id }) => _id.startsWith('receipt:'))) return;
        broke = true;
        throw broken();
      },
    });
    await expect(perform(stage(databases), [registration])).rejects.toThrow('broken for the test');
    expect(broke).toBe(true);
    expect(await core.databases.identities.get(uin)).toBeDefined();
    expect(await core.sent(`result:${registration._id}`)).toHaveLength(1);
    expect(await core.sent(`receipt:${registration._id}:OUTCOME`)).toEqual([]);
    const first = await downDoc(`result:${registration._id}`);
    await perform(stage(), [registration]);
    expect(await downDoc(`result:${registration._id}`)).toEqual(first);
    expect(await core.sent(`receipt:${registration._id}:OUTCOME`)).toHaveLength(1);
  });
});

describe('sending down', () => {
  test('a document that the store can never take is an error, and not silence', async () => {
    const poor = new Array<'FACE'>(200_000).fill('FACE');
    const registration = await core.arrive();
    const greedy = { ...registration, facts: { poor } };
    await expect(perform(askCorrectionStage(core.databases, core.keys), [greedy])).rejects.toMatchObject({
      name: 'StoreError',
      transient: false,
    });
  });
});
