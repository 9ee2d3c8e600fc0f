/** W7: one process polls one table for all that is to be tried again, every few minutes. */
import { lineOf } from '@enroute/core/pipeline/pipeline.fixture.ts';
import type { EffectStage } from '@enroute/core/pipeline/stage.ts';
import { expect, test } from 'vitest';
import { ANSWERED, askingStage, effect, MINUTE_MS, NEXT, openLesson } from './lesson.fixture.ts';

test('W7: whoever holds its lane takes a retry up when its time has come, within seconds', async () => {
  const lesson = await openLesson();
  let isAway = true;
  const moody = effect('moody', async (works) => {
    if (isAway) throw new Error('away');
    return works.map(() => NEXT);
  });
  const flow = lineOf([moody]);
  const retry = { budget: 9, baseMs: 10 * MINUTE_MS, capMs: 10 * MINUTE_MS };
  const flowOf = () => ({ ...flow, step: (name: string) => ({ ...flow.step(name), retry }) });
  const rids = await lesson.arrived(6);
  await lesson.worker({ flowOf, random: () => 1 });
  for (const rid of rids) await lesson.until(rid, 'tried', ({ attempts }) => attempts === 1);
  isAway = false;
  lesson.pass(10 * MINUTE_MS);
  const began = performance.now();
  for (const rid of rids) await lesson.reaches(rid, 'COMPLETED');
  // It looks every second; a busy machine takes a little longer.
  expect(performance.now() - began).toBeLessThan(5_000);
});

test('W7: nobody looks through the registrations: those that wait cost nothing, however many they are', async () => {
  const lesson = await openLesson();
  const flow = lineOf([askingStage('ask')], { wakers: ANSWERED });
  const rids = await lesson.arrived(300);
  let looks = 0;
  let reads = 0;
  const before = (method: string, db: string): void => {
    if (db.endsWith('timers') && method === 'range') looks += 1;
    if (db.endsWith('registrations') && method !== 'changes' && method !== 'write') reads += 1;
  };
  await lesson.worker({ flowOf: () => flow, faults: { before } });
  for (const rid of rids) await lesson.reaches(rid, 'PARKED');
  const [looked, read] = [looks, reads];
  await expect.poll(() => looks, { timeout: 10_000 }).toBeGreaterThan(looked + 1);
  expect(reads).toBe(read);
  // Of one that is woken only that one is read.
  await lesson.answer(rids[0] ?? '', 'ask');
  await lesson.reaches(rids[0] ?? '', 'COMPLETED');
  expect(reads - read).toBeLessThanOrEqual(1);
});

test('W7: recovery hangs on no one process: what a dead worker had at hand, the others bring to its end within seconds', async () => {
  const lesson = await openLesson();
  const hanging = Promise.withResolvers<void>();
  let atHand = 0;
  const flowWith = (two: EffectStage) => {
    const flow = lineOf([effect('one', async (works) => works.map(() => NEXT)), two]);
    return () => flow;
  };
  const dying = flowWith(
    effect('two', async (works) => {
      atHand += works.length;
      await hanging.promise;
      throw new Error('dead');
    }),
  );
  const living = flowWith(effect('two', async (works) => works.map(() => NEXT)));
  const victim = await lesson.worker({ flowOf: dying, isOneOfSeveral: true });
  await lesson.worker({ flowOf: living, isOneOfSeveral: true });
  const rids = await lesson.arrived(40);
  await expect.poll(() => atHand, { timeout: 10_000 }).toBeGreaterThan(0);
  const isDead = victim.die();
  hanging.resolve();
  await isDead;
  const began = performance.now();
  for (const rid of [...rids, ...(await lesson.arrived(40, 100))]) await lesson.reaches(rid, 'COMPLETED');
  expect(performance.now() - began).toBeLessThan(10_000);
}, 30_000);
