/** W5: one budget for the whole life, spent by waits, without back-off and never given back. */
import { lineOf, must } from '@enroute/core/pipeline/pipeline.fixture.ts';
import { expect, test } from 'vitest';
import { ANSWERED, askingStage, DAY_MS, doneBy, effect, NEXT, openLesson } from './lesson.fixture.ts';

/** Fails as often as it may without being given up: the steps of these flows have three tries. */
function moodyStage(name: string) {
  const tries = new Map<string, number>();
  return effect(name, async (works) => {
    for (const { registration } of works) {
      const nth = (tries.get(registration._id) ?? 0) + 1;
      tries.set(registration._id, nth);
      if (nth <= 2) throw new Error('not yet');
    }
    return works.map(() => NEXT);
  });
}

test('W5: progress gives the next stage its whole budget, however often it failed before', async () => {
  const lesson = await openLesson();
  const names = Array.from({ length: 12 }, (_, nth) => `stage-${nth}`);
  const flow = lineOf(names.map(moodyStage));
  const [rid = ''] = await lesson.arrived(1);
  await lesson.worker({ flowOf: () => flow });
  const registration = await lesson.reaches(rid, 'COMPLETED');
  expect(registration.history.filter(({ outcome }) => outcome === 'retry')).toHaveLength(24);
  expect(doneBy(registration)).toEqual(names);
});

test("W5: a wait of any length spends nothing of a stage's budget", async () => {
  const lesson = await openLesson();
  const moody = moodyStage('before');
  const ask = askingStage('ask');
  const flow = lineOf([moody, ask, moodyStage('after')], { wakers: ANSWERED });
  const [rid = ''] = await lesson.arrived(1);
  await lesson.worker({ flowOf: () => flow });
  await lesson.reaches(rid, 'PARKED');
  lesson.pass(300 * DAY_MS);
  await lesson.answer(rid, 'ask');
  const { history } = await lesson.reaches(rid, 'COMPLETED');
  const said = history.map(({ stage, outcome }) => `${stage} ${outcome}`);
  expect(said).toEqual([
    ...['before retry', 'before retry', 'before next'],
    ...['ask park', 'ask wake', 'ask next'],
    ...['after retry', 'after retry', 'after next'],
  ]);
});

test('W5: a stage that is woken more often than it may fail, and waits on each time, is not given up', async () => {
  const lesson = await openLesson();
  let isThere = false;
  const until = new Date(lesson.now().getTime() + DAY_MS);
  const patient = effect(
    'patient',
    async (works) => works.map(() => (isThere ? NEXT : { kind: 'park', reason: 'answer', until })),
    { outcomes: ['next', 'park'], parks: ['answer'] },
  );
  const flow = lineOf([patient], { wakers: ANSWERED });
  const [rid = ''] = await lesson.arrived(1);
  await lesson.worker({ flowOf: () => flow });
  for (let nth = 1; nth <= 8; nth += 1) {
    const parks = (outcomes: readonly { outcome: string }[]) => outcomes.filter(({ outcome }) => outcome === 'park');
    await lesson.until(
      rid,
      'parked again',
      ({ state, history }) => state === 'PARKED' && parks(history).length === nth,
    );
    expect((await lesson.core.get(rid)).attempts).toBe(0);
    isThere = nth === 8;
    await lesson.answer(rid, 'patient');
  }
  await lesson.reaches(rid, 'COMPLETED');
});

test('W5: the waits between tries grow, and those that failed together do not come back together', async () => {
  const lesson = await openLesson();
  const never = effect('never', async () => {
    throw new Error('away');
  });
  const flow = lineOf([never]);
  const retry = { budget: 100, baseMs: 100_000, capMs: 10_000_000 };
  const flowOf = () => ({ ...flow, step: (name: string) => ({ ...flow.step(name), retry }) });
  const rids = await lesson.arrived(6);
  await lesson.worker({ flowOf, random: Math.random });
  const waits = async (attempts: number): Promise<number[]> => {
    const found = [];
    for (const rid of rids) {
      const { notBefore } = await lesson.until(rid, `tried ${attempts} times`, (now) => now.attempts === attempts);
      found.push(Date.parse(must(notBefore)));
    }
    return found;
  };
  for (let attempts = 1; attempts <= 4; attempts += 1) {
    const ends = await waits(attempts);
    expect(new Set(ends).size).toBe(ends.length);
    const longest = Math.max(...ends) - lesson.now().getTime();
    expect(longest).toBeLessThanOrEqual(retry.baseMs * 2 ** (attempts - 1));
    lesson.pass(longest + 1);
  }
}, 20_000);
