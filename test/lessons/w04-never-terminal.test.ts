/** W4: any unexpected error ends a packet for good. Here nothing but what a stage says of a registration ends it. */
import type { StoredRegistration } from '@enroute/core/databases.ts';
import type { Stage } from '@enroute/core/pipeline/stage.ts';
import { StoreError } from '@enroute/core/store/store.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { expect, test } from 'vitest';
import { doneBy, MINUTE_MS, openLesson, overStages } from './lesson.fixture.ts';

const NEW = 'receive packet classify cmd operator supervisor quality demo-dedupe uin finalise'.split(' ');

const TROUBLES: readonly unknown[] = [
  new TypeError('undefined is not a function'),
  Object.assign(new Error('EIO'), { code: 'EIO' }),
  new StoreError('away', { transient: true }),
  new StoreError('refused', { transient: false }),
  new EnrouteError('ENR-VLT-001'),
  'something that is no error at all',
];
const TRIES = 2;

/** The same stage, which fails as long as it is said. */
function failing(stage: Stage, error: (rid: string) => unknown): Stage {
  const check = (rids: readonly string[]): void => {
    for (const rid of rids) {
      const thrown = error(rid);
      if (thrown !== undefined) throw thrown;
    }
  };
  if (stage.kind === 'pure') {
    const decide: typeof stage.decide = (work, now) => {
      check([work.registration._id]);
      return stage.decide(work, now);
    };
    return { ...stage, decide };
  }
  const perform: typeof stage.perform = async (works, now) => {
    check(works.map(({ registration }) => registration._id));
    return stage.perform(works, now);
  };
  return { ...stage, perform };
}

test.each([0, 1, 2])('W4: every stage of NEW is tried again, whatever goes wrong (kinds %i)', async (nth) => {
  const lesson = await openLesson();
  const { _id: rid } = await lesson.core.arrive();
  const kinds = TROUBLES.slice(TRIES * nth, TRIES * (nth + 1));
  const left = new Map(NEW.map((stage) => [stage, [...kinds]]));
  const moody = (stage: Stage): Stage => failing(stage, () => left.get(stage.name)?.shift());
  await lesson.worker({ flowOf: overStages(lesson.shipped(), moody) });
  const registration = await lesson.reaches(rid, 'COMPLETED');
  expect(doneBy(registration)).toEqual(NEW);
  expect(registration.history.filter(({ outcome }) => outcome === 'retry')).toHaveLength(TRIES * NEW.length);
});

test('W4: what never works is put aside, told to no station, and goes on when it works again', async () => {
  const lesson = await openLesson();
  const { _id: rid } = await lesson.core.arrive();
  let isBroken = true;
  const broken = (stage: Stage): Stage =>
    stage.name === 'demo-dedupe' ? failing(stage, () => (isBroken ? new Error('away') : undefined)) : stage;
  await lesson.worker({ flowOf: overStages(lesson.shipped(), broken) });
  const aside: StoredRegistration = await lesson.reaches(rid, 'DEAD_LETTER');
  expect(aside).toMatchObject({ stage: 'demo-dedupe', attempts: 12 });
  expect(aside.verdict).toBeUndefined();
  expect(await lesson.core.sent(`receipt:${rid}`)).toEqual([`receipt:${rid}:RECEIVED`]);

  isBroken = false;
  lesson.pass(90 * MINUTE_MS);
  await lesson.tell({ kind: 'act', rid, at: lesson.now().toISOString(), by: 'amina', act: { do: 'resume' } });
  expect(doneBy(await lesson.reaches(rid, 'COMPLETED'))).toEqual(NEW);
});
