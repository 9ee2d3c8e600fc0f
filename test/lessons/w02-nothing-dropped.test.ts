/** W2: an event bus that drops. What is to be done stands on the documents; the feed and the events only tell of it. */
import { broken, enrolmentOf, lineOf } from '@enroute/core/pipeline/pipeline.fixture.ts';
import { expect, test } from 'vitest';
import { ANSWERED, askingStage, DAY_MS, effect, NEXT, openLesson } from './lesson.fixture.ts';

test('W2: what came while no worker was there, however long ago, is taken by the first that comes', async () => {
  const lesson = await openLesson();
  const { _id: rid } = await lesson.core.arrive();
  lesson.pass(60 * DAY_MS);
  await lesson.worker();
  await lesson.reaches(rid, 'COMPLETED');
});

test('W2: a feed that fails, again and again, is read on from where it was', async () => {
  const lesson = await openLesson();
  let failing = 0;
  const before = (method: string, db: string): void => {
    if (method !== 'changes' || !db.endsWith('registrations') || failing === 0) return;
    failing -= 1;
    throw broken();
  };
  await lesson.worker({ faults: { before } });
  const { _id: first } = await lesson.core.arrive();
  await lesson.reaches(first, 'COMPLETED');
  failing = 2;
  const { _id: second } = await lesson.core.arrive();
  await lesson.reaches(second, 'COMPLETED');
  expect(failing).toBe(0);
});

test('W2: one whose stage fails holds up no other, neither beside it nor after it', async () => {
  const lesson = await openLesson();
  const [bad = '', ...good] = await lesson.arrived(5);
  const stage = effect('work', async (works) => {
    if (works.some(({ registration }) => registration._id === bad)) throw new Error('not this one');
    return works.map(() => NEXT);
  });
  const flow = lineOf([stage]);
  await lesson.worker({ flowOf: () => flow });
  await lesson.reaches(bad, 'DEAD_LETTER');
  for (const rid of [...good, ...(await lesson.arrived(3, 100))]) await lesson.reaches(rid, 'COMPLETED');
});

test('W2: an event is gone only when what it led to is saved', async () => {
  const lesson = await openLesson();
  const asking = askingStage('compare');
  const flow = lineOf([asking], { wakers: ANSWERED });
  const [rid = ''] = await lesson.arrived(1);
  const first = await lesson.worker({ flowOf: () => flow });
  await lesson.reaches(rid, 'PARKED');
  await first.stop();

  await lesson.answer(rid, 'compare');
  let refused = 0;
  const before = (method: string, db: string): void => {
    if (method !== 'write' || !db.endsWith('registrations')) return;
    refused += 1;
    throw broken();
  };
  const second = await lesson.worker({ flowOf: () => flow, faults: { before } });
  await expect.poll(() => refused).toBeGreaterThan(0);
  await second.die();
  expect((await lesson.core.get(rid)).state).toBe('PARKED');

  await lesson.worker({ flowOf: () => flow });
  await lesson.reaches(rid, 'COMPLETED');
  await expect.poll(async () => (await lesson.core.databases.events.info()).docCount).toBe(0);
});

test('W2: the same thing asked for twice is done twice: a second correction is taken up like the first', async () => {
  const lesson = await openLesson();
  const poor = ['LEFT_INDEX'] as const;
  const { _id: rid } = await lesson.core.arrive({ enrolment: enrolmentOf(1, { poor }) });
  await lesson.worker();
  for (const again of [poor, []]) {
    const { corrections } = await lesson.reaches(rid, 'PARKED');
    const enrolment = enrolmentOf(1, { positions: poor, poor: again });
    await lesson.core.arrive({ process: 'CORRECTION', corrects: rid, enrolment });
    await lesson.until(
      rid,
      'corrected',
      (now) => now.corrections.length > corrections.length && now.state !== 'IN_FLOW',
    );
  }
  const { history, corrections } = await lesson.reaches(rid, 'COMPLETED');
  expect(corrections).toHaveLength(2);
  const judged = history.filter(({ stage, outcome }) => stage === 'quality' && outcome !== 'wake');
  expect(judged.map(({ outcome }) => outcome)).toEqual(['correct', 'correct', 'next']);
});
