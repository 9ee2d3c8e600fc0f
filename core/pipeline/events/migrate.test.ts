/** A change to another version of a flow, as it comes to a registration that may have gone on meanwhile. */
import { describe, expect, it } from 'vitest';
import type { StoredRegistration } from '../../databases.ts';
import { SMALL_FLOW, SMALL_STAGES, stageOf, stepOf } from '../flow/flow.fixture.ts';
import { loadFlow } from '../flow/load-flow.ts';
import { NOW, registrationOf, ridOf } from '../pipeline.fixture.ts';
import { applyEvent } from './apply-event.ts';
import { orderedSchema, type PipelineEvent } from './event.ts';

/** judge, wait, tell; and the same with another answer, and a stage more. */
const OWN = loadFlow(SMALL_FLOW, SMALL_STAGES);
const TARGET = loadFlow(
  {
    ...SMALL_FLOW,
    version: 5,
    answer: 'answer',
    steps: [
      stepOf('judge', { next: 'look', 'branch:aside': 'answer', correct: 'wait', reject: 'answer', fail: 'answer' }),
      stepOf('look', { next: 'answer', fail: 'answer' }),
      stepOf('wait', { fail: 'answer' }),
      stepOf('answer', { next: '$end', fail: '$dead-letter' }),
    ],
  },
  [...SMALL_STAGES, stageOf('look'), stageOf('answer')],
);
const AT = NOW.toISOString();
const LATER = '2026-03-09T08:00:00.000Z';

function at(stage: string, change: Partial<StoredRegistration> = {}, version = 4): StoredRegistration {
  const flow = { name: 'NEW', version };
  return { ...registrationOf(ridOf(1), { state: 'IN_FLOW', stage, flow, visit: 2, ...change }), _rev: '1-a' };
}

function migrating(from: string, to: string, version = 4): PipelineEvent {
  const act = { do: 'migrate', from: { version, stage: from }, to: { version: 5, stage: to } } as const;
  return { v: 1, _id: `${ridOf(1)}:one`, kind: 'act', rid: ridOf(1), at: AT, by: 'cli:test', act };
}

const move = (registration: StoredRegistration, event: PipelineEvent, own = OWN) =>
  applyEvent(registration, event, own, NOW, TARGET);

describe('a migration', () => {
  it('changes the version and the stage, and not what is waited for', () => {
    const parked = { reason: 'correction', until: LATER } as const;
    const moved = move(at('wait', { state: 'PARKED', parked }), migrating('wait', 'wait'));
    const flow = { name: 'NEW', version: 5 };
    expect(moved).toMatchObject({ registration: { state: 'PARKED', parked, stage: 'wait', flow, visit: 2 } });
    const along = move(at('judge'), migrating('judge', 'look'));
    expect(along).toMatchObject({ registration: { state: 'IN_FLOW', stage: 'look', flow, visit: 3, stageSince: AT } });
  });

  it.each([
    ['one that has gone on to another stage', at('wait'), migrating('judge', 'judge')],
    ['one that has been moved before', at('judge', {}, 5), migrating('judge', 'judge')],
    ['a stage that the other version does not have', at('judge'), migrating('judge', 'nowhere')],
    [
      'a stage that does not wait for what is waited for',
      at('wait', { state: 'PARKED', parked: { reason: 'correction', until: LATER } }),
      migrating('wait', 'look'),
    ],
    ['one that has no end yet to the stage that tells it', at('judge'), migrating('judge', 'answer')],
    ['one that has its end back to a stage before that', at('tell'), migrating('tell', 'look')],
  ])('does not take %s', (_what, registration, event) => {
    expect(move(registration, event)).toMatchObject({ kind: 'ignored' });
  });

  it('takes one that is about to be told its end to where the other version tells it', () => {
    const telling = at('tell', { state: 'DEAD_LETTER' });
    expect(move(telling, migrating('tell', 'answer'))).toMatchObject({ registration: { stage: 'answer' } });
  });

  it('leads out of a version that nobody has any more, at its end too', () => {
    const [left, telling] = [at('gone', {}, 3), at('answer', { state: 'DEAD_LETTER' }, 3)];
    expect(move(left, migrating('gone', 'judge', 3), TARGET)).toMatchObject({ registration: { stage: 'judge' } });
    expect(move(left, migrating('gone', 'answer', 3), TARGET)).toMatchObject({ kind: 'ignored' });
    expect(move(telling, migrating('answer', 'answer', 3), TARGET)).toMatchObject({ kind: 'changed' });
    expect(move(telling, migrating('answer', 'judge', 3), TARGET)).toMatchObject({ kind: 'ignored' });
  });

  it('waits for a worker that has the version to which it leads', () => {
    expect(applyEvent(at('judge'), migrating('judge', 'judge'), OWN, NOW)).toEqual({ kind: 'later' });
  });

  it('is no order that a person can give to single ones', () => {
    const act = { do: 'migrate', from: { version: 4, stage: 'judge' }, to: { version: 5, stage: 'look' } };
    expect(orderedSchema.safeParse(act).success).toBe(false);
  });
});
