import { beforeEach, describe, expect, test } from 'vitest';
import { expire } from './advance.ts';
import { PartsTrial } from './engine-parts.fixture.ts';
import { DueTimers, type TimerParts } from './engine-timers.ts';
import { broken, faulty, must, put, registrationOf, ridOf } from './pipeline.fixture.ts';

const MINUTE_MS = 60_000;
const AGAIN_MS = 5 * MINUTE_MS;

let trial: PartsTrial;
beforeEach(() => {
  trial = new PartsTrial();
});

/** A first look, by a worker that has just come. */
const look = (change: Partial<TimerParts> = {}): Promise<void> =>
  new DueTimers({ ...trial.common, timers: trial.timers, expire, ...change }).look();

const timer = (n: number, ms: number) => {
  const { _id: rid, lane } = registrationOf(ridOf(n));
  return { rid, lane, at: trial.inMs(ms) };
};

/** Waits so long for an answer, with its timer. */
async function parked(n: number, ms: number): Promise<void> {
  await trial.store(n, { state: 'PARKED', stage: 'one', parked: { reason: 'answer', until: trial.inMs(ms) } });
  await trial.timers.set([timer(n, ms)]);
}

/** Is tried again after that, with its timer. */
async function retried(n: number, ms: number): Promise<void> {
  await trial.store(n, { state: 'IN_FLOW', stage: 'one', attempts: 1, notBefore: trial.inMs(ms) });
  await trial.timers.set([timer(n, ms)]);
}

describe('a retry whose time has come', () => {
  test('is at hand, and keeps its timer until it has moved', async () => {
    await retried(1, MINUTE_MS);
    trial.pass(MINUTE_MS);
    await look();
    expect(trial.window.has(ridOf(1))).toBe(true);
    expect(trial.window.timerOf(ridOf(1))).toEqual(must([...trial.timers.all.values()][0]));
    // Looked at again it is the same.
    await look();
    expect(trial.timers.all.size).toBe(1);
  });

  test('is not at hand a moment before', async () => {
    await retried(1, MINUTE_MS);
    trial.pass(MINUTE_MS - 1);
    await look();
    expect(trial.window.size).toBe(0);
  });

  test('keeps its timer while there is no room, and comes when there is some', async () => {
    for (const n of [1, 2, 3, 4]) await retried(n, MINUTE_MS);
    trial.pass(MINUTE_MS);
    await look();
    expect([trial.window.size, trial.timers.all.size]).toEqual([3, 4]);
    trial.window.remove(ridOf(1));
    await look();
    expect(trial.window.size).toBe(3);
  });

  test('has another timer when it has waited anew meanwhile, and the old one is cleared', async () => {
    await retried(1, MINUTE_MS);
    const stored = await trial.get(1);
    trial.pass(MINUTE_MS);
    const notBefore = trial.inMs(10 * MINUTE_MS);
    await put(trial.db, { ...stored, notBefore });
    await look();
    expect(trial.window.size).toBe(0);
    expect(trial.timerRids()).toEqual([`1 ${notBefore}`]);
  });
});

describe('a wait whose time is over', () => {
  test('ends as the flow says, once, and its timer is cleared', async () => {
    await parked(1, MINUTE_MS);
    trial.pass(MINUTE_MS);
    await look();
    expect(await trial.get(1)).toMatchObject({ state: 'IN_FLOW', stage: 'two', verdict: { code: 'ENR-LST-002' } });
    expect(trial.window.has(ridOf(1))).toBe(true);
    expect(trial.timers.all.size).toBe(0);
    expect(trial.moves).toMatchObject([{ by: 'expiry' }]);
  });

  test('was prolonged: the wait goes on, and the old timer is cleared', async () => {
    await parked(1, MINUTE_MS);
    const stored = await trial.get(1);
    const longer = { reason: 'answer', until: trial.inMs(9 * MINUTE_MS) } as const;
    await put(trial.db, { ...stored, parked: longer });
    trial.pass(MINUTE_MS);
    await look();
    expect((await trial.get(1)).state).toBe('PARKED');
    expect(trial.timers.all.size).toBe(0);
  });

  test('can not be ended for want of its flow: it is looked at again in a while, and the others end', async () => {
    await parked(1, MINUTE_MS);
    await parked(2, MINUTE_MS);
    trial.pass(MINUTE_MS);
    await look({ flowOf: ({ _id }) => (_id === ridOf(1) ? undefined : trial.flow) });
    expect([(await trial.get(1)).state, (await trial.get(2)).state]).toEqual(['PARKED', 'IN_FLOW']);
    expect(trial.timerRids()).toEqual([`1 ${trial.inMs(AGAIN_MS)}`]);
  });

  test.each(['a rule that throws', 'a store that refuses it'])(
    'can not be ended for %s: it is a dead letter, which is seen, and the others end',
    async (why) => {
      await parked(1, MINUTE_MS);
      await parked(2, MINUTE_MS);
      trial.pass(MINUTE_MS);
      const throwing: TimerParts['expire'] = (registration, ...rest) => {
        if (why === 'a rule that throws' && registration._id === ridOf(1)) throw new Error('no way on');
        return expire(registration, ...rest);
      };
      const write: typeof trial.db.write = async (docs) => {
        const isRefused = docs.map((doc) => doc._id === ridOf(1) && 'state' in doc && doc.state === 'IN_FLOW');
        const results = await trial.db.write(docs.filter((_, index) => !isRefused[index]));
        return docs.map(({ _id: id }) => {
          const refused = { ok: false, id, reason: 'refused', detail: 'too large' } as const;
          return results.find((result) => result.id === id) ?? refused;
        });
      };
      const registrations = why === 'a store that refuses it' ? { ...faulty(trial.db, {}), write } : trial.db;
      await look({ expire: throwing, saving: { ...trial.saving, registrations } });
      expect([(await trial.get(1)).state, (await trial.get(2)).state]).toEqual(['DEAD_LETTER', 'IN_FLOW']);
      expect(trial.timers.all.size).toBe(0);
      expect(trial.moves.map(({ by }) => by).toSorted()).toEqual(['expiry', 'strand']);
    },
  );

  test('is not ended while the lane may be lost, nor by workers that do not run its stage; the timer stays', async () => {
    await parked(1, MINUTE_MS);
    trial.pass(MINUTE_MS);
    trial.lanes.isUnsure = true;
    await look();
    trial.lanes.isUnsure = false;
    trial.stages = new Set(['two']);
    await look();
    expect((await trial.get(1)).state).toBe('PARKED');
    expect(trial.timers.all.size).toBe(1);
  });

  test('is ended at the next look when the store failed at the first', async () => {
    await parked(1, MINUTE_MS);
    trial.pass(MINUTE_MS);
    const registrations = faulty(trial.db, {
      before: (method) => {
        if (method === 'write') throw broken();
      },
    });
    await expect(look({ saving: { ...trial.saving, registrations } })).rejects.toThrow('broken');
    expect(trial.timers.all.size).toBe(1);
    await look();
    expect((await trial.get(1)).state).toBe('IN_FLOW');
  });
});

describe('a timer', () => {
  test('of a registration that there is not, or that has ended, is cleared', async () => {
    await trial.store(2, { state: 'COMPLETED' });
    await trial.timers.set([timer(1, 0), timer(2, 0)]);
    await look();
    expect(trial.timers.all.size).toBe(0);
  });

  test('of a registration that was brought by another one is cleared', async () => {
    await retried(1, MINUTE_MS);
    trial.pass(MINUTE_MS);
    await look();
    await trial.timers.set([timer(1, -1)]);
    await look();
    expect(trial.timerRids()).toEqual([`1 ${must(trial.window.timerOf(ridOf(1))).at}`]);
  });

  test('of a flow that is not at hand is looked at again in a while', async () => {
    await retried(1, MINUTE_MS);
    trial.pass(MINUTE_MS);
    trial.flow = undefined;
    await look();
    expect(trial.window.size).toBe(0);
    expect(trial.timerRids()).toEqual([`1 ${trial.inMs(AGAIN_MS)}`]);
  });

  test('of a lane that is another worker’s is left to that one', async () => {
    await retried(1, MINUTE_MS);
    trial.pass(MINUTE_MS);
    trial.lanes.lose([registrationOf(ridOf(1)).lane]);
    await look();
    expect([trial.window.size, trial.timers.all.size]).toEqual([0, 1]);
  });

  test('that is due is looked for once a second, not at every turn', async () => {
    let looks = 0;
    const timers = {
      ...trial.timers,
      set: async () => undefined,
      clear: async () => undefined,
      due: async () => {
        looks += 1;
        return [];
      },
    };
    const due = new DueTimers({ ...trial.common, timers, expire });
    for (let turn = 0; turn < 20; turn += 1) await due.look();
    expect(looks).toBe(1);
  });
});
