/** Registrations whose stage rests: whatever has not moved is found again by whoever comes next. */
import { expect, test, vi } from 'vitest';
import type { StoredRegistration } from '../databases.ts';
import { engineParts, fill, LaneBook, ledgerStage, TestLanes, TestTimers, wave } from './engine.fixture.ts';
import { type EngineOptions, startEngine } from './engine.ts';
import { MemoryDatabase } from './memory-database.fixture.ts';
import { lineOf, STATION } from './pipeline.fixture.ts';

const noVault = { read: (): never => expect.fail('No stage reads a packet.') };

test('a timer whose retry was held back because its stage rests stays, and after a crash all of them are done', async () => {
  const db = new MemoryDatabase('registrations');
  const past = new Date(Date.now() - 1_000).toISOString();
  const flowStamp = { flow: { name: 'NEW', version: 1 }, stage: 'work', attempts: 1, notBefore: past } as const;
  const waiting = wave(30, 1, STATION, { state: 'IN_FLOW', ...flowStamp });
  await fill(db, waiting);
  const timers = new TestTimers();
  await timers.set(waiting.map(({ _id: rid, lane }) => ({ rid, lane, at: past })));
  const book = new LaneBook();
  // Whoever had the lanes was past all of them: their timers alone are left to find them by.
  const { updateSeq } = await db.info();
  for (let lane = 0; lane < 64; lane += 1) book.since.set(lane, updateSeq);
  let isAway = true;
  let hours = 0;
  const stage = ledgerStage('work', async (works) =>
    works.map(() => (isAway ? { kind: 'retry', code: 'ENR-ENG-001', detail: 'away' } : { kind: 'next' })),
  );
  const flow = lineOf([stage], {});
  const retry = { budget: 50, baseMs: 60_000, capMs: 120_000 };
  const step = { ...flow.step('work'), batch: 5, concurrency: 1, retry };
  const start = () => {
    const base = { ...engineParts(), timers, lanes: new TestLanes(book), registrations: db, vault: noVault };
    const now = (): Date => new Date(Date.now() + hours * 3_600_000);
    const flowOf: EngineOptions['flowOf'] = () => ({ ...flow, step: () => step });
    const sizes = { batchSize: 20, window: 1_000 };
    return startEngine({ ...base, ...sizes, keyFor: () => undefined, flowOf, now, random: () => 0.9 });
  };
  const all = (): Promise<StoredRegistration[]> => db.range({ start: '0', end: ':', limit: 1_000 });

  const first = await start();
  await vi.waitFor(() => expect(stage.ledger.size).toBeGreaterThanOrEqual(10), { timeout: 10_000 });
  await first.stop();
  const withTimer = new Set([...timers.all.values()].map(({ rid }) => rid));
  expect((await all()).filter(({ _id }) => !withTimer.has(_id))).toEqual([]);
  // No more than what was tried until it rested, a few probes aside, has spent a retry.
  expect((await all()).filter(({ attempts }) => attempts > 1).length).toBeLessThan(20);

  isAway = false;
  hours = 1;
  const second = await start();
  try {
    await vi.waitFor(async () => expect((await all()).filter(({ state }) => state !== 'COMPLETED')).toEqual([]), {
      timeout: 15_000,
      interval: 50,
    });
  } finally {
    await second.stop();
  }
});
