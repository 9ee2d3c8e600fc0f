/** W10: first come, first served, so that the wave of one center is before everybody else, and nothing is ever urgent. */
import { lineOf, OTHER_STATION, STATION } from '@enroute/core/pipeline/pipeline.fixture.ts';
import { expect, test } from 'vitest';
import { effect, type Lesson, NEXT, openLesson } from './lesson.fixture.ts';

const WAVE = 400;

/** @returns a stage, and in which batch of it somebody was */
function ordered() {
  const turns = new Map<string, number>();
  let turn = 0;
  const stage = effect('work', async (works) => {
    turn += 1;
    for (const { registration } of works) turns.set(registration._id, turn);
    return works.map(() => NEXT);
  });
  const flow = lineOf([stage]);
  return { flowOf: () => flow, turns };
}

/** @returns in which batch the last of those was, and how many batches there were */
async function work(lesson: Lesson, those: readonly string[], others = WAVE): Promise<{ last: number; all: number }> {
  const { flowOf, turns } = ordered();
  await lesson.worker({ flowOf, batchSize: 10, window: 50 });
  await expect.poll(() => turns.size, { timeout: 15_000 }).toBe(others + those.length);
  return { last: Math.max(...those.map((rid) => turns.get(rid) ?? Number.NaN)), all: Math.max(...turns.values()) };
}

test('W10: a center that has sent hundreds at once starves none that has sent a few after it', async () => {
  const lesson = await openLesson();
  await lesson.arrived(WAVE, 1, STATION);
  const few = await lesson.arrived(10, 1, OTHER_STATION);
  const { last, all } = await work(lesson, few);
  expect(last).toBeLessThan(all / 4);
});

test('W10: a correction that is urgent does not wait behind what came before it', async () => {
  const lesson = await openLesson();
  await lesson.arrived(WAVE, 1, STATION);
  const urgent = await lesson.arrived(3, 5_000, STATION, { priority: 'urgent', process: 'CORRECTION' });
  const { last } = await work(lesson, urgent);
  expect(last).toBeLessThanOrEqual(4);
});

test('W10: and urgent ones, as many as they are, starve nobody', async () => {
  const lesson = await openLesson();
  const normal = await lesson.arrived(5, 1, STATION);
  await lesson.arrived(WAVE, 100, OTHER_STATION, { priority: 'urgent' });
  const { last, all } = await work(lesson, normal);
  expect(last).toBeLessThan(all / 2);
});

test('W10: one that a person makes urgent is next, whatever it was before', async () => {
  const lesson = await openLesson();
  const rids = await lesson.arrived(WAVE);
  const chosen = rids.at(-1) ?? '';
  const act = { do: 'prioritise', priority: 'urgent' } as const;
  await lesson.tell({ kind: 'act', rid: chosen, at: lesson.now().toISOString(), by: 'amina', act });
  const { last, all } = await work(lesson, [chosen], WAVE - 1);
  expect(last).toBeLessThan(all / 4);
});
