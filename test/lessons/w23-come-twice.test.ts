/** W23: a message that comes twice makes a failure of a packet that is good. */
import { broken, enrolmentOf, lineOf, OTHER_STATION } from '@enroute/core/pipeline/pipeline.fixture.ts';
import type { Stage } from '@enroute/core/pipeline/stage.ts';
import { describe, expect, test } from 'vitest';
import { ANSWERED, askingStage, doneBy, openLesson, overStages, uinOf } from './lesson.fixture.ts';

const NEW = 'receive packet classify cmd operator supervisor quality demo-dedupe uin finalise'.split(' ');
const EFFECTS = ['receive', 'demo-dedupe', 'uin', 'finalise'];

/** The same stage; what it has done is done once more, and the second time counts. */
function twice(stage: Stage): Stage {
  if (stage.kind === 'pure') return stage;
  const perform: typeof stage.perform = async (works, now) => {
    await stage.perform(works, now);
    return stage.perform(works, now);
  };
  return { ...stage, perform };
}

test('W23: every effect of NEW that is carried out twice comes to the same, and the packet to a good end', async () => {
  const lesson = await openLesson();
  const { _id: rid } = await lesson.core.arrive();
  await lesson.worker({ flowOf: overStages(lesson.shipped(), twice) });
  expect(doneBy(await lesson.reaches(rid, 'COMPLETED'))).toEqual(NEW);
  expect(await uinOf(lesson.core, rid)).toMatch(/^\d{10}$/);
  expect(await lesson.core.sent(`receipt:${rid}`)).toHaveLength(2);
  expect(await lesson.core.sent(`result:${rid}`)).toHaveLength(1);
});

describe('W23: a worker that dies between what a stage did and the save of it', () => {
  test.each(EFFECTS)('at %s leaves a packet that the next one brings to a good end', async (name) => {
    const lesson = await openLesson();
    const { _id: rid } = await lesson.core.arrive();
    let isDone = false;
    const before = (method: string, db: string): void => {
      if (isDone && method === 'write' && db.endsWith('registrations')) throw broken();
    };
    const noting = (stage: Stage): Stage => {
      if (stage.kind === 'pure' || stage.name !== name) return stage;
      const perform: typeof stage.perform = async (works, now) => {
        const outcomes = await stage.perform(works, now);
        isDone = true;
        return outcomes;
      };
      return { ...stage, perform };
    };
    const dying = await lesson.worker({ flowOf: overStages(lesson.shipped(), noting), faults: { before } });
    await expect.poll(() => isDone, { timeout: 10_000 }).toBe(true);
    await dying.die();
    expect((await lesson.core.get(rid)).stage).toBe(name);

    await lesson.worker();
    expect(doneBy(await lesson.reaches(rid, 'COMPLETED'))).toEqual(NEW);
    const { identities } = lesson.core.databases;
    expect((await identities.info()).docCount).toBe(1);
  });
});

test('W23: an answer that comes again and again counts once, also when it comes after the next question', async () => {
  const lesson = await openLesson();
  const [first, second] = [askingStage('first'), askingStage('second')];
  const flow = lineOf([first, second], { wakers: ANSWERED });
  const [rid = ''] = await lesson.arrived(1);
  await lesson.worker({ flowOf: () => flow });
  await lesson.reaches(rid, 'PARKED');
  const answer = { ...lesson.answerFor(rid, 'first'), _id: `${rid}:answer` };
  await lesson.tell(answer, answer);
  await lesson.until(rid, 'at the second', ({ state, stage }) => state === 'PARKED' && stage === 'second');
  // The very same event once more, now that something else is waited for.
  await lesson.tell(answer);
  await expect.poll(async () => (await lesson.core.databases.events.info()).docCount).toBe(0);
  expect(await lesson.core.get(rid)).toMatchObject({ state: 'PARKED', stage: 'second' });
  // And a second answer to the first question is none to the other one.
  await lesson.answer(rid, 'first');
  await lesson.answer(rid, 'second');
  const registration = await lesson.reaches(rid, 'COMPLETED');
  expect(registration.history.filter(({ outcome }) => outcome === 'wake')).toHaveLength(2);
  expect(doneBy(registration)).toEqual(['first', 'second']);
  expect([first.asked, second.asked]).toEqual([[rid], [rid]]);
});

test('W23: two that are the same person and are looked at in one moment: one is registered, one is refused, none fails', async () => {
  const lesson = await openLesson();
  const rids = [];
  for (const station of [undefined, OTHER_STATION]) {
    rids.push((await lesson.core.arrive({ enrolment: enrolmentOf(1), ...(station ? { station } : {}) }))._id);
  }
  await lesson.worker({ flowOf: overStages(lesson.shipped(), twice) });
  const ends: string[] = [];
  for (const rid of rids) {
    const { verdict } = await lesson.until(rid, 'ended', ({ state }) => state === 'COMPLETED' || state === 'REJECTED');
    ends.push(verdict?.code ?? '');
  }
  expect(ends.sort()).toEqual(['ENR-DDP-001', 'ENR-OUT-001']);
});
