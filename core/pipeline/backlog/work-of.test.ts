import type { Registration } from '@enroute/shared/registration/registration.ts';
import { describe, expect, test } from 'vitest';
import { TestLanes } from '../engine.fixture.ts';
import { lineOf, NOW, registrationOf, ridOf } from '../pipeline.fixture.ts';
import { pure } from '../run-batch.fixture.ts';
import { type Trouble, type Worker, workOf } from './work-of.ts';

const RID = ridOf(1);
const FLOW = lineOf([pure('packet'), pure('quality')]);
const { lane } = registrationOf(RID);
const inMs = (ms: number): string => new Date(NOW.getTime() + ms).toISOString();

function looking(change: Partial<Worker> = {}) {
  const troubles: Trouble[] = [];
  const worker: Worker = {
    ...{ lanes: new TestLanes(), stages: undefined, flowOf: () => FLOW, now: () => NOW, ...change },
    onTrouble: (_rid, trouble) => {
      troubles.push(trouble);
    },
  };
  const look = (registration: Partial<Registration> | { readonly history: string } | { readonly lane: string }) =>
    workOf({ ...registrationOf(RID), _rev: '1-a', ...registration } as Parameters<typeof workOf>[0], worker);
  return { look, troubles };
}

const parked = { reason: 'answer', until: inMs(9_000) } as const;

describe('what a registration is to a worker', () => {
  test.each<[string, 'work' | 'none', Partial<Registration>]>([
    ['has arrived', 'work', {}],
    ['is at a stage', 'work', { state: 'IN_FLOW', stage: 'quality' }],
    ['is tried again in a moment', 'work', { state: 'IN_FLOW', stage: 'quality', notBefore: inMs(5_000) }],
    ['is only announced', 'none', { state: 'ANNOUNCED' }],
    ['was put aside', 'none', { state: 'DEAD_LETTER', stage: 'quality' }],
    ['has ended', 'none', { state: 'COMPLETED' }],
  ])('one that %s is %s', (_name, kind, change) => {
    expect(looking().look(change).kind).toBe(kind);
  });

  test('waits where a timer wakes it: parked, or tried again after more than seconds', () => {
    const { look } = looking();
    expect(look({ state: 'PARKED', stage: 'quality', parked })).toEqual({
      kind: 'waits',
      timer: { rid: RID, lane, at: parked.until },
    });
    expect(look({ state: 'IN_FLOW', stage: 'quality', notBefore: inMs(5_001) })).toEqual({
      kind: 'waits',
      timer: { rid: RID, lane, at: inMs(5_001) },
    });
  });

  test('is none in a lane that is not held, whatever else it is', () => {
    const { look, troubles } = looking({ lanes: new TestLanes(undefined, []) });
    expect(look({}).kind).toBe('none');
    expect(look({ history: 'not to be read' }).kind).toBe('none');
    expect(troubles).toEqual([]);
  });

  test('is none when it can not be read, and that is told', () => {
    const { look, troubles } = looking();
    expect(look({ history: 'no history' }).kind).toBe('none');
    expect(look({ lane: 'x' }).kind).toBe('none');
    expect(troubles).toEqual(['unreadable', 'unreadable']);
  });

  test('is none when a later holder of its lane has written it', () => {
    const { look, troubles } = looking();
    expect(look({ fence: 1 }).kind).toBe('work');
    expect(look({ fence: 2 }).kind).toBe('none');
    expect(troubles).toEqual(['written by a later holder of its lane']);
  });

  test('is looked at again later when its flow is not at hand', () => {
    const { look, troubles } = looking({ flowOf: () => undefined });
    expect(look({})).toEqual({ kind: 'waits', timer: { rid: RID, lane, at: inMs(5 * 60_000) } });
    expect(troubles).toEqual(['flow not at hand']);
  });

  test('is work for who runs its stage, and none for the others, whose fences are counted apart', () => {
    const { look } = looking({ stages: new Set(['quality']) });
    expect(look({}).kind).toBe('none');
    expect(look({ state: 'IN_FLOW', stage: 'quality', fence: 99 }).kind).toBe('work');
    expect(looking({ stages: new Set(['packet']) }).look({}).kind).toBe('work');
  });
});
