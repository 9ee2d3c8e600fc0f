/** Of whom a lane is: what a later holder has written is left alone, and what is given back is brought to its end. */
import { beforeEach, describe, expect, test } from 'vitest';
import { readAgain } from './after-saving.ts';
import { PartsTrial } from './engine-parts.fixture.ts';
import { HeldLanes } from './lanes/held-lanes.ts';
import { NOW, put } from './pipeline.fixture.ts';
import { effect, NEXT } from './run-batch.fixture.ts';
import { runBatch } from './run-batch.ts';
import { saveRegistrations } from './save-registrations.ts';

let trial: PartsTrial;
beforeEach(() => {
  trial = new PartsTrial();
});

describe('a registration that a later holder of its lane has written', () => {
  test('is not saved, also not by what read it only now', async () => {
    const stored = await trial.store(1, { state: 'IN_FLOW', stage: 'one', fence: 7 });
    const change = { stored, registration: { ...stored, priority: 'urgent' } as const, moves: [] };
    expect(await saveRegistrations([change], trial.saving)).toEqual([{ kind: 'not-ours' }]);
    expect(await trial.get(1)).toEqual(stored);
  });

  test('has no effect done for it', async () => {
    const flow = { name: 'NEW', version: 1 };
    const stored = await trial.store(1, { state: 'IN_FLOW', stage: 'one', flow, fence: 7 });
    const done: string[] = [];
    const stage = effect('one', async (works) => {
      done.push(...works.map(({ registration }) => registration._id));
      return works.map(() => NEXT);
    });
    const rest = { allowed: () => Number.POSITIVE_INFINITY, note: () => undefined };
    const result = await runBatch([stored], {
      ...{ ...trial.common, ...trial.saving, rest, random: () => 1, gate: () => undefined, keyFor: () => undefined },
      vault: { read: () => expect.fail('No stage reads a packet.') },
      flowOf: () => trial.flow && { ...trial.flow, stage: () => stage },
      observer: { moved: () => undefined, ran: () => undefined },
    });
    expect([done, result.saved, result.notOurs]).toEqual([[], [], [stored._id]]);
  });

  test('is saved by workers that run some stages only: their lanes have fences of their own', async () => {
    trial.stages = new Set(['one']);
    const stored = await trial.store(1, { state: 'IN_FLOW', stage: 'one', fence: 7 });
    const change = { stored, registration: { ...stored, priority: 'urgent' } as const, moves: [] };
    expect(await saveRegistrations([change], trial.saving)).toMatchObject([{ kind: 'saved' }]);
    expect((await trial.get(1)).fence).toBeUndefined();
  });
});

describe('a lane that is given back', () => {
  const held = new HeldLanes('me');
  held.gain([{ lane: 1, fence: 3, beat: 1, since: undefined, rev: '1-a', sureUntilMs: 100 }]);

  test('is not held any more, and sure until that is written', () => {
    held.giveBack([1]);
    expect([held.held().size, held.isSure(1, 0), held.isSure(1, 100)]).toEqual([0, true, false]);
    expect(held.renewals()).toMatchObject([{ lane: 1, lease: { holder: null } }]);
    expect(held.isSure(1, 0)).toBe(false);
  });

  test('keeps the fence on what is still saved in it', async () => {
    const stored = await trial.store(1, { state: 'IN_FLOW', stage: 'one', fence: 1 });
    const lanes = { held: () => new Map(), isSure: () => true };
    const change = { stored, registration: { ...stored, priority: 'urgent' } as const, moves: [] };
    await saveRegistrations([change], { ...trial.saving, lanes });
    expect(await trial.get(1)).toMatchObject({ fence: 1, priority: 'urgent' });
  });
});

test('what somebody else has written so that it waits has a timer before it is let go', async () => {
  const stored = await trial.store(1, { state: 'IN_FLOW', stage: 'one' });
  trial.backlog.bring(stored);
  const until = new Date(NOW.getTime() + 60_000).toISOString();
  await put(trial.db, { ...stored, state: 'PARKED', parked: { reason: 'answer', until } });
  await readAgain([stored._id], trial.inMemory);
  expect(trial.window.has(stored._id)).toBe(false);
  expect(trial.timerRids()).toEqual([`1 ${until}`]);
});
