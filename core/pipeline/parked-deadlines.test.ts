import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { StoredRegistration } from '../databases.ts';
import type { Database } from '../store/store.ts';
import { expireParked, type ParkedOptions, watchParked } from './parked-deadlines.ts';
import {
  broken,
  faulty,
  NOW,
  openTestCore,
  put,
  registrationOf,
  ridOf,
  silent,
  type TestCore,
} from './pipeline.fixture.ts';
import { type Flows, loadShippedFlows } from './shipped-flows.ts';

let core: TestCore;
let flows: Flows;
let registrations: Database;
let databases = 0;
beforeAll(async () => {
  core = await openTestCore();
  flows = loadShippedFlows(core.databases, core.keys, core.register.card);
});
afterAll(() => core.dispose());
beforeEach(async () => {
  databases += 1;
  registrations = await core.store.database(`parked${databases}`);
});

const options = (db = registrations): ParkedOptions => ({
  registrations: db,
  flowOf: flows.flowOf,
  now: () => NOW,
  log: silent,
});
const untilMs = (ms: number) => ({ reason: 'correction', until: new Date(NOW.getTime() + ms).toISOString() }) as const;
const parkedOf = (n: number, ms: number, change: Partial<StoredRegistration> = {}) =>
  put(
    registrations,
    registrationOf(ridOf(n), { state: 'PARKED', stage: 'ask-correction', parked: untilMs(ms), ...change }),
  );
const get = (n: number) => registrations.get<StoredRegistration>(ridOf(n));

describe('a wait', () => {
  test('that has lasted too long ends as the flow says, and the registration goes on to tell it', async () => {
    await parkedOf(1, 0);
    expect(await expireParked(options())).toBe(1);
    const registration = await get(1);
    expect(registration).toMatchObject({
      state: 'IN_FLOW',
      stage: 'finalise',
      attempts: 0,
      verdict: { state: 'REJECTED', code: 'ENR-QUA-002' },
    });
    expect(registration).not.toHaveProperty('parked');
  });

  test('that has time left goes on', async () => {
    const waiting = await parkedOf(1, 1);
    expect(await expireParked(options())).toBe(0);
    expect(await get(1)).toEqual(waiting);
  });

  test('ends once', async () => {
    await parkedOf(1, -1);
    expect([await expireParked(options()), await expireParked(options())]).toEqual([1, 0]);
  });

  test('that ends by itself in the same moment does not expire', async () => {
    const waiting = await parkedOf(1, -1);
    const woken = { ...waiting, state: 'IN_FLOW', stage: 'quality' } as const;
    let raced = Promise.resolve<unknown>(undefined);
    // The correction is handed over between the look and the write.
    const db: Database = {
      ...faulty(registrations, {}),
      write: async (documents) => {
        raced = put(registrations, woken);
        await raced;
        return registrations.write(documents);
      },
    };
    expect(await expireParked(options(db))).toBe(0);
    const after = await get(1);
    expect(after).toMatchObject({ state: 'IN_FLOW', stage: 'quality' });
    expect(after).not.toHaveProperty('verdict');
  });

  test('of a process without a flow does not keep others from ending', async () => {
    await parkedOf(1, -1, { process: 'LOST' });
    await parkedOf(2, -1, { process: 'CORRECTION' });
    await parkedOf(3, -1);
    expect(await expireParked(options())).toBe(1);
    expect([(await get(1))?.state, (await get(2))?.state, (await get(3))?.state]).toEqual([
      'PARKED',
      'PARKED',
      'IN_FLOW',
    ]);
  });

  test('is found among more registrations than fit into one page', async () => {
    const many = Array.from({ length: 2100 }, (_, n) => {
      const parked = n % 3 === 0 ? { state: 'PARKED' as const, parked: untilMs(-1) } : {};
      return registrationOf(ridOf(n + 1), parked);
    });
    for (let from = 0; from < many.length; from += 700) await registrations.write(many.slice(from, from + 700));
    expect(await expireParked(options())).toBe(700);
    expect(await expireParked(options())).toBe(0);
  });
});

describe('the watch over waits', () => {
  test('looks at once, so that a core that restarts often ends waits, too', async () => {
    await parkedOf(1, -1);
    const stop = watchParked(options(), 60_000);
    await vi.waitFor(async () => expect(await get(1)).toMatchObject({ state: 'IN_FLOW' }));
    await stop();
  });

  test('looks again, also after the store has failed', async () => {
    let looks = 0;
    const db = faulty(registrations, {
      before: () => {
        looks += 1;
        if (looks === 1) throw broken();
      },
    });
    await parkedOf(1, -1);
    const stop = watchParked(options(db), 5);
    await vi.waitFor(async () => expect(await get(1)).toMatchObject({ state: 'IN_FLOW' }));
    await stop();
    const before = looks;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(looks).toBe(before);
  });
});
