import { beforeEach, describe, expect, test } from 'vitest';
import { type ApplyEvent, applyEvents, type EventParts } from './engine-events.ts';
import { PartsTrial } from './engine-parts.fixture.ts';
import { applyEvent } from './events/apply-event.ts';
import type { EventDraft, PipelineEvent } from './events/event.ts';
import { LONGEST_WAIT_DAYS } from './longest-wait.ts';
import { broken, faulty, lineOf, NOW, ridOf } from './pipeline.fixture.ts';
import { pure } from './run-batch.fixture.ts';

const KEY = 'question';
const DAY_MS = 24 * 60 * 60_000;

let trial: PartsTrial;
let given: { done: string[]; later: string[] };
beforeEach(() => {
  trial = new PartsTrial();
  given = { done: [], later: [] };
});

function run(change: Partial<EventParts> = {}): Promise<boolean> {
  const { inbox } = trial;
  const noted = (to: string[], events: readonly PipelineEvent[]): void => {
    to.push(...events.map(({ rid }) => `${Number(rid.slice(10, 15))}`));
  };
  const watched = {
    take: (limit: number) => inbox.take(limit),
    done: async (events: readonly PipelineEvent[]) => {
      noted(given.done, events);
      await inbox.done(events);
    },
    later: (events: readonly PipelineEvent[]) => {
      noted(given.later, events);
      inbox.later(events);
    },
    onArrival: () => () => undefined,
  };
  return applyEvents({ ...trial.common, inbox: watched, applyEvent, ...change });
}

const wake = (n: number, change: Partial<Extract<EventDraft, { kind: 'wake' }>> = {}): EventDraft => {
  return { kind: 'wake', rid: ridOf(n), at: NOW.toISOString(), reason: 'answer', key: KEY, ...change };
};
const urgent = (n: number, at = NOW.toISOString()): EventDraft => {
  return { kind: 'act', rid: ridOf(n), at, by: 'amina', act: { do: 'prioritise', priority: 'urgent' } };
};
const waiting = (n: number): Promise<unknown> =>
  trial.store(n, { state: 'PARKED', stage: 'one', parked: { reason: 'answer', until: trial.inMs(DAY_MS), key: KEY } });

describe('events', () => {
  test('there are none: nobody is asked for anything', async () => {
    expect(await run({ registrations: { getMany: () => Promise.reject(broken()) } })).toBe(false);
  });

  test('that change something are deleted when that is saved, and what they wake is at hand', async () => {
    await waiting(1);
    trial.inbox.send([wake(1, { body: { match: false } })]);
    expect(await run()).toBe(true);
    expect(await trial.get(1)).toMatchObject({ state: 'IN_FLOW', stage: 'one', answer: { key: KEY } });
    expect(trial.window.has(ridOf(1))).toBe(true);
    expect(given).toEqual({ done: ['1'], later: [] });
    expect(trial.moves).toMatchObject([{ by: 'event', from: { state: 'PARKED' }, to: { state: 'IN_FLOW' } }]);
  });

  test('of one registration come to one save, in the order of their times', async () => {
    await waiting(1);
    const before = (await trial.db.info()).updateSeq;
    trial.inbox.send([urgent(1, trial.inMs(2)), wake(1, { at: trial.inMs(1) })]);
    await run();
    const { history, priority } = await trial.get(1);
    expect(history.map(({ outcome }) => outcome)).toEqual(['wake', 'prioritise']);
    expect(priority).toBe('urgent');
    expect(Number((await trial.db.info()).updateSeq) - Number(before)).toBe(1);
  });

  test('that come twice count once', async () => {
    await waiting(1);
    const act = { do: 'restart' } as const;
    const event: EventDraft = {
      kind: 'act',
      rid: ridOf(1),
      at: trial.inMs(1),
      by: 'amina',
      act,
      _id: `${ridOf(1)}:order`,
    };
    trial.inbox.send([event]);
    await run();
    trial.inbox.send([event]);
    await run();
    expect((await trial.get(1)).history).toHaveLength(1);
    expect(given).toEqual({ done: ['1', '1'], later: [] });
  });

  test('that have nothing to do are deleted, and nothing is written', async () => {
    await trial.store(1, { state: 'COMPLETED' });
    const before = (await trial.db.info()).updateSeq;
    trial.inbox.send([urgent(1)]);
    await run();
    expect(given.done).toEqual(['1']);
    expect((await trial.db.info()).updateSeq).toBe(before);
  });

  test('that can not be told yet are kept for later: not there yet, no flow at hand, the stage of others', async () => {
    await trial.store(1, { state: 'IN_FLOW', stage: 'one' });
    trial.inbox.send([wake(1)]);
    await run();
    trial.flow = undefined;
    trial.inbox.again();
    await run();
    expect(given).toEqual({ done: [], later: ['1', '1'] });
    trial = new PartsTrial();
    trial.stages = new Set(['two']);
    await waiting(2);
    trial.inbox.send([wake(2)]);
    await run();
    expect(given.later).toEqual(['1', '1', '2']);
  });

  test('that lead to another version wait for a worker that has it, and lead out of one that nobody has', async () => {
    const newer = lineOf([pure('one'), pure('more')], { version: 3 });
    await trial.store(1, { state: 'IN_FLOW', stage: 'gone', flow: { name: 'NEW', version: 2 } });
    const to = { version: 3, stage: 'one' };
    const act = { do: 'migrate', from: { version: 2, stage: 'gone' }, to } as const;
    trial.inbox.send([{ kind: 'act', rid: ridOf(1), at: NOW.toISOString(), by: 'cli:test', act }]);
    await run({ flowOf: () => undefined });
    expect(given).toEqual({ done: [], later: ['1'] });
    trial.inbox.again();
    await run({ flowOf: ({ flow }) => (flow?.version === 3 ? newer : undefined) });
    expect(await trial.get(1)).toMatchObject({ flow: { name: 'NEW', version: 3 }, stage: 'one' });
    expect(given.done).toEqual(['1']);
  });

  test('whose rule throws are dropped, and the others are applied', async () => {
    await waiting(1);
    await waiting(2);
    const throwing: ApplyEvent = (registration, ...rest) => {
      if (registration._id === ridOf(1)) throw new TypeError('a mistake');
      return applyEvent(registration, ...rest);
    };
    trial.inbox.send([wake(1), wake(2)]);
    await run({ applyEvent: throwing });
    expect([(await trial.get(1)).state, (await trial.get(2)).state]).toEqual(['PARKED', 'IN_FLOW']);
    expect(given.done.sort()).toEqual(['1', '2']);
  });

  test('of a registration that comes late, but within the longest wait, are not lost', async () => {
    const watch = { kind: 'watch', rid: ridOf(1), watcher: ridOf(5), at: NOW.toISOString() } as const;
    trial.inbox.send([watch]);
    trial.pass(45 * DAY_MS);
    await run();
    expect(given).toEqual({ done: [], later: ['1'] });
    await waiting(1);
    trial.inbox.again();
    await run();
    expect((await trial.get(1)).watchers).toEqual([ridOf(5)]);
  });

  test('of a registration that never came are dropped thirty days after the longest wait, not before', async () => {
    trial.inbox.send([wake(1)]);
    trial.pass((LONGEST_WAIT_DAYS + 30) * DAY_MS);
    await run();
    expect(given).toEqual({ done: [], later: ['1'] });
    trial.pass(1);
    trial.inbox.again();
    await run();
    expect(given.done).toEqual(['1']);
  });
});

describe('somebody who wants to be told of an end', () => {
  const watch = (n: number, watcher: number): EventDraft => {
    return { kind: 'watch', rid: ridOf(n), watcher: ridOf(watcher), at: NOW.toISOString() };
  };

  test('is noted', async () => {
    await waiting(1);
    trial.inbox.send([watch(1, 5)]);
    await run();
    expect((await trial.get(1)).watchers).toEqual([ridOf(5)]);
    expect(trial.sent).toEqual([]);
  });

  test('is told at once when it has ended, before the question is deleted, and nothing is written', async () => {
    await trial.store(1, { state: 'REJECTED' });
    const before = (await trial.db.info()).updateSeq;
    trial.inbox.send([watch(1, 5)]);
    const doneWhenSent: number[] = [];
    const saving = {
      ...trial.saving,
      sendEvents: async (events: readonly EventDraft[]) => {
        doneWhenSent.push(given.done.length);
        trial.sent.push(...events);
      },
    };
    await run({ saving });
    expect(trial.sent).toMatchObject([{ rid: ridOf(5), key: ridOf(1), body: { state: 'REJECTED' } }]);
    expect(doneWhenSent).toEqual([0]);
    expect(given.done).toEqual(['1']);
    expect((await trial.db.info()).updateSeq).toBe(before);
  });
});

describe('when the store fails', () => {
  test.each(['at the look', 'at the save'])('%s the events are asked again, and nothing is lost', async (name) => {
    await waiting(1);
    trial.inbox.send([wake(1)]);
    const method = name === 'at the look' ? 'getMany' : 'write';
    const failing = faulty(trial.db, {
      before: (called) => {
        if (called === method) throw broken();
      },
    });
    const saving = { ...trial.saving, registrations: failing };
    await expect(run({ registrations: failing, saving })).rejects.toThrow('broken');
    expect(given).toEqual({ done: [], later: ['1'] });
    trial.inbox.again();
    await run();
    expect((await trial.get(1)).state).toBe('IN_FLOW');
  });

  test('or somebody else has written it meanwhile, it is read again and the event asked again', async () => {
    await waiting(1);
    trial.inbox.send([wake(1)]);
    const meddling: ApplyEvent = (registration, ...rest) => {
      void trial.db.write([{ ...registration, priority: 'urgent' } as typeof registration]);
      return applyEvent(registration, ...rest);
    };
    await run({ applyEvent: meddling });
    expect(given).toEqual({ done: [], later: ['1'] });
    expect(await trial.get(1)).toMatchObject({ state: 'PARKED', priority: 'urgent' });
    trial.inbox.again();
    await run();
    expect(await trial.get(1)).toMatchObject({ state: 'IN_FLOW', priority: 'urgent' });
  });

  test('or the lane may be lost, nothing is saved and the event is left', async () => {
    await waiting(1);
    trial.inbox.send([wake(1)]);
    trial.lanes.isUnsure = true;
    await run();
    expect((await trial.get(1)).state).toBe('PARKED');
    expect(given).toEqual({ done: [], later: ['1'] });
  });
});
