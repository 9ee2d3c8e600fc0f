/** W13: a message is sent before what it is about is saved, and stages keep what they know of one person in a field of all. */
import { setTimeout as sleep } from 'node:timers/promises';
import { broken, lineOf } from '@enroute/core/pipeline/pipeline.fixture.ts';
import { pure } from '@enroute/core/pipeline/run-batch.fixture.ts';
import { expect, test } from 'vitest';
import { ANSWERED, askingStage, effect, NEXT, openLesson } from './lesson.fixture.ts';

test('W13: an answer that is there before the wait is saved is not lost', async () => {
  const lesson = await openLesson();
  const asking = askingStage('compare');
  const quick = effect(
    'compare',
    async (works) => {
      const outcomes = await asking.perform(works, lesson.now());
      const asked = works.filter((_, nth) => outcomes[nth]?.kind === 'park');
      // The service answers while the question is still being asked, and its worker has time to see that.
      await lesson.tell(...asked.map(({ registration }) => lesson.answerFor(registration._id, 'compare')));
      await sleep(50);
      return outcomes;
    },
    { outcomes: ['next', 'park'], parks: ['answer'] },
  );
  const flow = lineOf([quick], { wakers: ANSWERED });
  const rids = await lesson.arrived(20);
  await lesson.worker({ flowOf: () => flow, batchSize: 5 });
  for (const rid of rids) await lesson.reaches(rid, 'COMPLETED');
  expect([...asking.asked].sort()).toEqual([...rids].sort());
});

test('W13: nor is one whose asker died before it could save that it waits', async () => {
  const lesson = await openLesson();
  const asking = askingStage('compare');
  const flow = lineOf([asking, effect('tell', async (works) => works.map(() => NEXT))], { wakers: ANSWERED });
  const [rid = ''] = await lesson.arrived(1);
  const before = (method: string, db: string): void => {
    if (asking.asked.length > 0 && method === 'write' && db.endsWith('registrations')) throw broken();
  };
  const dying = await lesson.worker({ flowOf: () => flow, faults: { before } });
  await expect.poll(() => asking.asked.length, { timeout: 10_000 }).toBe(1);
  await dying.die();
  await lesson.answer(rid, 'compare');
  expect((await lesson.core.get(rid)).state).toBe('IN_FLOW');
  await lesson.worker({ flowOf: () => flow });
  await lesson.reaches(rid, 'COMPLETED');
});

test('W13: whatever a stage does outside, the registration was saved before: it stands there as the stage has it', async () => {
  const lesson = await openLesson();
  const ahead: string[] = [];
  const look = (name: string) =>
    effect(name, async (works) => {
      for (const { registration } of works) {
        const { _rev, stage, facts } = await lesson.core.get(registration._id);
        if (_rev !== registration._rev || stage !== name || facts.ageGroup !== 'ADULT') ahead.push(registration._id);
      }
      return works.map(() => NEXT);
    });
  const decide = pure('decide', () => ({ kind: 'next', facts: { ageGroup: 'ADULT' } }));
  const flow = lineOf([decide, look('one'), pure('weigh'), look('two')]);
  const { _id: rid } = await lesson.core.arrive();
  await lesson.worker({ flowOf: () => flow });
  await lesson.reaches(rid, 'COMPLETED');
  expect(ahead).toEqual([]);
});

test("W13: nobody gets another one's outcome, however many are at a stage at once and whoever is done first", async () => {
  const lesson = await openLesson();
  let atOnce = 0;
  let most = 0;
  const numberOf = (rid: string): number => Number(rid.slice(10, 15));
  const isMatch = (rid: string): boolean => numberOf(rid) % 3 === 0;
  const compare = effect(
    'compare',
    async (works) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await sleep(Math.random() * 20);
      atOnce -= 1;
      return works.map(({ registration: { _id } }) =>
        isMatch(_id) ? { kind: 'reject', code: 'ENR-DDP-001' } : { ...NEXT, facts: { country: { n: numberOf(_id) } } },
      );
    },
    { outcomes: ['next', 'reject'] },
  );
  const tell = effect('tell', async (works) => works.map(() => NEXT), { outcomes: ['next'] });
  const flow = lineOf([compare, tell]);
  const flowOf = () => ({ ...flow, step: (name: string) => ({ ...flow.step(name), batch: 3, concurrency: 4 }) });
  const rids = await lesson.arrived(60);
  await lesson.worker({ flowOf, batchSize: 30 });
  for (const rid of rids) {
    const { facts } = await lesson.reaches(rid, isMatch(rid) ? 'REJECTED' : 'COMPLETED');
    expect(facts.country?.n).toBe(isMatch(rid) ? undefined : numberOf(rid));
  }
  expect(most).toBe(4);
});
