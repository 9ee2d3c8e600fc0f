import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegistrationState } from '@enroute/shared/registration/states.ts';
import { HEARTBEAT_ID } from '@enroute/shared/schemas/heartbeat.ts';
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../databases.ts';
import { centerOf } from '../people/person.ts';
import {
  must,
  NOW,
  OTHER_STATION,
  openTestCore,
  put,
  registrationOf,
  ridOf,
  STATION,
  type TestCore,
} from '../pipeline/pipeline.fixture.ts';
import type { Doc } from '../store/store.ts';
import { type Conservation, checkConservation } from './conservation.ts';
import { stationStatuses } from './station-status.ts';
import { stationStatusSchema } from './station-status-schema.ts';

let core: TestCore;
beforeEach(async () => {
  core = await openTestCore();
});
afterEach(() => core.dispose());

/** A document in a station's channel. */
interface ChannelDoc extends Doc {
  readonly [field: string]: unknown;
}
const write = async (doc: ChannelDoc, station = STATION): Promise<void> => {
  const [result] = await (await core.databases.channel(station)).write([doc]);
  expect(result?.ok).toBe(true);
};
const erase = async (id: string, station = STATION): Promise<void> => {
  const channel = await core.databases.channel(station);
  await write({ _id: id, _rev: must(await channel.get(id))._rev, _deleted: true }, station);
};
const arriveIn = async (state: RegistrationState, station = STATION): Promise<StoredRegistration> => {
  const registration = await core.arrive({ station, change: { state } });
  if (['COMPLETED', 'REJECTED', 'FAILED'].includes(state))
    await write({ _id: `receipt:${registration._id}:OUTCOME` }, station);
  return registration;
};

describe('the conservation law', () => {
  const check = (now = NOW): Promise<Conservation> => checkConservation({ ...core, now });

  test('holds for a core that nothing has come to', async () => {
    const heaps = { queued: 0, parked: 0, deadLettered: 0, terminal: 0 };
    expect(await check()).toEqual({ packetsIn: 0, heaps, violations: [], holds: true });
  });

  test('holds when everything that came in is somewhere, and says how much is where', async () => {
    for (const state of [
      'ANNOUNCED',
      'RECEIVED',
      'IN_FLOW',
      'PARKED',
      'DEAD_LETTER',
      'COMPLETED',
      'REJECTED',
    ] as const) {
      await arriveIn(state);
    }
    await arriveIn('FAILED', OTHER_STATION);
    expect(await check()).toEqual({
      packetsIn: 8,
      heaps: { queued: 3, parked: 1, deadLettered: 1, terminal: 3 },
      violations: [],
      holds: true,
    });
  });

  test.each<[string, RegistrationState, (registration: StoredRegistration) => Promise<unknown>]>([
    [
      'announced, but not registered',
      'RECEIVED',
      ({ _id, _rev }) => core.databases.registrations.write([{ _id, _rev, _deleted: true }]),
    ],
    ['registered, but not announced', 'RECEIVED', ({ _id }) => erase(manifestId(_id))],
    [
      'received, but not in the vault',
      'PARKED',
      ({ packet: { digest } }) => rm(join(core.folder, 'vault', digest.slice(0, 2), `${digest}.enrp`)),
    ],
    ['ended, but the station was not told', 'COMPLETED', ({ _id }) => erase(`receipt:${_id}:OUTCOME`)],
  ])('is broken by a registration that was %s, and names it', async (problem, state, plant) => {
    await arriveIn('COMPLETED');
    const registration = await arriveIn(state);
    expect((await check()).holds).toBe(true);
    await plant(registration);
    expect(await check()).toMatchObject({ holds: false, violations: [`${registration._id}: ${problem}`] });
  });

  test('is not broken by a manifest that is just being written', async () => {
    const { _id } = await arriveIn('ANNOUNCED');
    await erase(manifestId(_id));
    expect(await check()).toMatchObject({ holds: true, heaps: { queued: 1 } });
    const dayAfter = new Date(NOW.getTime() + 24 * 60 * 60_000 + 1);
    const violations = [`${_id}: registered, but not announced`];
    expect(await check(dayAfter)).toMatchObject({ holds: false, violations });
  });

  test('is broken by a manifest that lies in the channel of another station', async () => {
    const { _id } = await arriveIn('ANNOUNCED');
    await write({ _id: manifestId(_id) }, OTHER_STATION);
    const violations = [`${_id}: announced by ${OTHER_STATION}, but registered for ${STATION}`];
    expect(await check()).toMatchObject({ holds: false, packetsIn: 2, heaps: { queued: 1 }, violations });
  });

  test('is checked without anything being made: a station without a channel has no manifests', async () => {
    const station = '9'.repeat(STATION.length);
    const rid = ridOf(1, station);
    await put(core.databases.registrations, registrationOf(rid, { state: 'RECEIVED', station }));
    const before = await core.store.list('');
    expect((await check()).violations).toContain(`${rid}: registered, but not announced`);
    expect(await core.store.list('')).toEqual(before);
  });

  test('is not broken by bytes that have not come yet', async () => {
    await put(core.databases.registrations, registrationOf(ridOf(1), { state: 'ANNOUNCED' }));
    await write({ _id: manifestId(ridOf(1)) });
    expect(await check()).toMatchObject({ holds: true, packetsIn: 1 });
  });

  test('holds over more registrations than fit into one page, and names no more violations than can be read', async () => {
    const channel = await core.databases.channel(STATION);
    const rids = Array.from({ length: 1500 }, (_, n) => ridOf(n + 1));
    for (let from = 0; from < rids.length; from += 500) {
      const page = rids.slice(from, from + 500);
      await channel.write(page.map((rid) => ({ _id: manifestId(rid) })));
      await core.databases.registrations.write(page.map((rid) => registrationOf(rid, { state: 'ANNOUNCED' })));
    }
    expect(await check()).toMatchObject({ holds: true, packetsIn: 1500, heaps: { queued: 1500 } });
    const lost = await core.databases.registrations.range({ start: '0', end: ':', limit: 300 });
    await core.databases.registrations.write(lost.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
    const { holds, violations } = await check();
    expect(holds).toBe(false);
    expect(violations).toHaveLength(100);
  });
});

describe('the status of the stations', () => {
  const statuses = () => stationStatuses(core.register, core.databases);

  test('is there for a station that was never heard of', async () => {
    const all = await statuses();
    expect(all.map((status) => stationStatusSchema.parse(status).station)).toEqual([STATION, OTHER_STATION]);
    expect(all[0]).toMatchObject({ lastSeen: null, waiting: null, setAside: 0, clockOffsetMs: null, software: null });
  });

  test('is what the station last said of itself, and when it was last seen', async () => {
    const waiting = { packets: 3, bytes: 4000, oldest: NOW.toISOString() };
    const own = { v: 1, station: STATION, at: NOW.toISOString(), setAside: 2, clockOffsetMs: -70, software: '0.1.0' };
    await write({ _id: HEARTBEAT_ID, ...own, waiting });
    await core.register.noteSeen(STATION);
    const [status] = await statuses();
    expect(status).toMatchObject({
      lastSeen: NOW.toISOString(),
      waiting,
      setAside: 2,
      clockOffsetMs: -70,
      software: '0.1.0',
    });
  });

  test('says whether a station may work', async () => {
    await core.register.change(STATION, (entry) => ({ ...must(entry), state: 'suspended' }));
    expect((await statuses()).map(({ state }) => state)).toEqual(['suspended', 'active']);
  });

  test('is that of the stations of some centers, where only those are wanted', async () => {
    const of = async (centers: readonly string[]) =>
      (await stationStatuses(core.register, core.databases, centers)).map(({ station }) => station);
    expect(await of([centerOf(STATION)])).toContain(STATION);
    expect(await of(['99999'])).toEqual([]);
    expect(await of([])).toEqual([]);
  });

  test('does without a heartbeat that it can not read', async () => {
    await write({ _id: HEARTBEAT_ID, v: 9 });
    expect((await statuses())[0]).toMatchObject({ station: STATION, waiting: null });
  });

  test("counts what became of each station's own registrations", async () => {
    const here = [
      'ANNOUNCED',
      'RECEIVED',
      'IN_FLOW',
      'PARKED',
      'DEAD_LETTER',
      'COMPLETED',
      'REJECTED',
      'FAILED',
    ] as const;
    for (const state of here) await arriveIn(state);
    await arriveIn('COMPLETED', OTHER_STATION);
    const [own, other] = await statuses();
    expect(own?.came).toEqual({
      announced: 1,
      inProcess: 2,
      waitingForCorrection: 1,
      needsAttention: 1,
      completed: 1,
      rejected: 2,
    });
    expect(other?.came).toMatchObject({ completed: 1, announced: 0 });
  });

  test('counts past the first page', async () => {
    const all = Array.from({ length: 1100 }, (_, n) => registrationOf(ridOf(n + 1)));
    await core.databases.registrations.write(all.slice(0, 1000));
    await core.databases.registrations.write(all.slice(1000));
    expect((await statuses())[0]?.came.inProcess).toBe(1100);
  });
});
