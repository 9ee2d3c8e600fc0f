/** W3: what answers slowly makes the work begin anew, is asked again, and its answer is thrown away. */
import { enrolmentOf, lineOf } from '@enroute/core/pipeline/pipeline.fixture.ts';
import { pure } from '@enroute/core/pipeline/run-batch.fixture.ts';
import { describe, expect, test } from 'vitest';
import { ANSWERED, askingStage, DAY_MS, doneBy, effect, MINUTE_MS, NEXT, openLesson } from './lesson.fixture.ts';

describe('W3: an answer that is late', () => {
  test.each([
    ['a quarter of an hour', 16 * MINUTE_MS],
    ['a hundred days', 100 * DAY_MS],
  ])('by %s has nothing begun anew and nothing asked again, and counts', async (_name, ms) => {
    const lesson = await openLesson();
    let claims = 0;
    const claim = effect('claim', async (works) => {
      claims += works.length;
      return works.map(() => NEXT);
    });
    const compare = askingStage('compare');
    const stages = [pure('packet'), claim, compare, pure('after')];
    // No stage of this flow looks into the packet.
    const flow = lineOf(stages, { wakers: ANSWERED });
    const { _id: rid } = await lesson.core.arrive();
    const first = await lesson.worker({ flowOf: () => flow });
    await lesson.reaches(rid, 'PARKED');
    // Neither time nor another worker makes anything of it.
    lesson.pass(ms / 2);
    await first.stop();
    let looks = 0;
    const before = (method: string, db: string): void => {
      if (method === 'range' && db.endsWith('timers')) looks += 1;
    };
    await lesson.worker({ flowOf: () => flow, faults: { before } });
    lesson.pass(ms / 2);
    const sofar = looks;
    await expect.poll(() => looks, { timeout: 10_000 }).toBeGreaterThan(sofar);
    expect(await lesson.core.get(rid)).toMatchObject({ state: 'PARKED', stage: 'compare', attempts: 0 });

    await lesson.answer(rid, 'compare');
    const { history } = await lesson.reaches(rid, 'COMPLETED');
    expect(history.map(({ stage, outcome }) => `${stage} ${outcome}`)).toEqual([
      'packet next',
      'claim next',
      'compare park',
      'compare wake',
      'compare next',
      'after next',
    ]);
    expect(compare.asked).toEqual([rid]);
    expect(claims).toBe(1);
  });
});

test('W3: what a person decides after weeks is what counts, and they are asked once', async () => {
  const lesson = await openLesson();
  const { _id: created } = await lesson.core.arrive({ enrolment: enrolmentOf(1) });
  const first = await lesson.worker();
  await lesson.reaches(created, 'COMPLETED');
  const { _id: lost } = await lesson.core.arrive({ process: 'LOST', enrolment: enrolmentOf(1) });
  await lesson.reaches(lost, 'PARKED');
  await first.stop();
  lesson.pass(29 * DAY_MS);
  await lesson.worker();
  await lesson.decide(lost, { decision: 'accept', rid: created });
  const registration = await lesson.reaches(lost, 'COMPLETED');
  const done = doneBy(registration);
  expect(new Set(done).size).toBe(done.length);
  expect(registration.history.filter(({ outcome }) => outcome === 'park')).toHaveLength(1);
});
