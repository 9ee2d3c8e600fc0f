import type { Registration } from '@enroute/shared/registration/registration.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../databases.ts';
import { PartsTrial } from './engine-parts.fixture.ts';
import { moveOf } from './move-of.ts';
import { broken, faulty, must, NOW, put, registrationOf, ridOf } from './pipeline.fixture.ts';
import { type Saved, type Saving, saveRegistrations, type ToSave } from './save-registrations.ts';

let trial: PartsTrial;
beforeEach(() => {
  trial = new PartsTrial();
});

/** It has come to that since it was stored. */
function changed(stored: StoredRegistration, change: Partial<Registration>): ToSave {
  const registration = { ...stored, ...change, _rev: stored._rev };
  return { stored, registration, moves: [moveOf(stored, registration, 'next', NOW)] };
}

const AT_ONE = { state: 'IN_FLOW', stage: 'one' } as const;
const save = (changes: readonly ToSave[], change: Partial<Saving> = {}): Promise<Saved[]> =>
  saveRegistrations(changes, { ...trial.saving, ...change });
const kinds = (saved: readonly Saved[]): string[] => saved.map(({ kind }) => kind);

describe('a save', () => {
  test('tells of each what has become of it, in order, and observes only what was saved', async () => {
    const [mine, theirs] = [await trial.store(1), await trial.store(2)];
    await put(trial.db, { ...theirs, priority: 'urgent' });
    const saved = await save([changed(theirs, AT_ONE), changed(mine, AT_ONE)]);
    expect(kinds(saved)).toEqual(['overtaken', 'saved']);
    expect(saved[1]).toMatchObject({ registration: await trial.get(1), waits: false });
    expect((await trial.get(2)).priority).toBe('urgent');
    expect(trial.moves.map(({ rid }) => rid)).toEqual([ridOf(1)]);
  });

  test('of nothing asks nobody', async () => {
    const nobody = { write: () => Promise.reject(broken()) };
    expect(await save([], { registrations: nobody })).toEqual([]);
  });

  test('carries the fence of the lane, whatever it carried before', async () => {
    const { lane } = registrationOf(ridOf(1));
    trial.lanes.lose([lane]);
    trial.lanes.gain([lane]);
    await save([changed(await trial.store(1), { ...AT_ONE, fence: 1 })]);
    expect((await trial.get(1)).fence).toBe(2);
  });

  test('carries no fence where the stages are shared out: each set of stages counts its own', async () => {
    await save([changed(await trial.store(1, { fence: 7 }), AT_ONE)], { stages: new Set(['one']) });
    expect((await trial.get(1)).fence).toBeUndefined();
  });

  test('is not begun for lanes that may be lost, and for the others is', async () => {
    const [lost, held] = [await trial.store(1), await trial.store(2)];
    trial.lanes.lose([lost.lane]);
    const parked = { reason: 'answer', until: trial.inMs(60_000) } as const;
    expect(kinds(await save([changed(lost, { ...AT_ONE, state: 'PARKED', parked }), changed(held, AT_ONE)]))).toEqual([
      'not-ours',
      'saved',
    ]);
    expect((await trial.get(1)).state).toBe('RECEIVED');
    expect(trial.timers.all.size).toBe(0);
  });

  test('is not carried out when the lane is lost while what goes before it is written', async () => {
    const stored = await trial.store(1);
    const keep: Saving['histories']['keep'] = async (registrations) => {
      trial.lanes.lose([stored.lane]);
      return [...registrations];
    };
    expect(kinds(await save([changed(stored, AT_ONE)], { histories: { keep } }))).toEqual(['not-ours']);
    expect((await trial.get(1)).state).toBe('RECEIVED');
    expect(trial.moves).toEqual([]);
  });

  test('that the store refuses is told as that', async () => {
    const registrations = {
      write: async () => [{ ok: false as const, id: ridOf(1), reason: 'refused' as const, detail: 'too large' }],
    };
    expect(await save([changed(await trial.store(1), AT_ONE)], { registrations })).toEqual([
      { kind: 'refused', detail: 'too large' },
    ]);
  });
});

describe('before a save', () => {
  const parked = (ms: number) => ({ reason: 'answer', until: trial.inMs(ms) }) as const;

  /** What stands in the order in which it was written. */
  function order(): { readonly told: string[]; readonly change: Partial<Saving> } {
    const told: string[] = [];
    const { timers, sendEvents } = trial.saving;
    return {
      told,
      change: {
        timers: {
          set: async (all) => {
            told.push('timer');
            await timers.set(all);
          },
        },
        sendEvents: async (events) => {
          told.push('news');
          await sendEvents(events);
        },
        histories: {
          keep: async (registrations) => {
            told.push('history');
            return registrations.map((registration) => ({ ...registration, archivedPages: 1 }));
          },
        },
        registrations: faulty(trial.db, { before: () => told.push('save') }),
      },
    };
  }

  test('go the timer, the news and the pages of the history; and what is kept of it is what is saved', async () => {
    const { told, change } = order();
    const ends = { state: 'COMPLETED' as const, stage: 'two', watchers: [ridOf(9)] };
    const waits = { state: 'PARKED', stage: 'one', parked: parked(60_000) } as const;
    const saved = await save([changed(await trial.store(1), waits), changed(await trial.store(2), ends)], change);
    expect(told.at(-1)).toBe('save');
    expect(told.slice(0, -1).sort()).toEqual(['history', 'news', 'timer']);
    expect(saved).toMatchObject([{ waits: true }, { waits: false }]);
    expect((await trial.get(1)).archivedPages).toBe(1);
    expect(trial.timerRids()).toEqual([`1 ${trial.inMs(60_000)}`]);
    expect(trial.sent).toMatchObject([{ _id: `${ridOf(9)}:ended-${ridOf(2)}`, rid: ridOf(9), kind: 'wake' }]);
  });

  test.each(['timers', 'histories', 'sendEvents'] as const)(
    'nothing is saved when its %s can not be written',
    async (part) => {
      const fail = async (): Promise<never> => {
        throw broken();
      };
      const failing: Partial<Saving> = { timers: { set: fail }, histories: { keep: fail }, sendEvents: fail };
      const ends = { state: 'COMPLETED' as const, watchers: [ridOf(9)] };
      const waits = { ...AT_ONE, state: 'PARKED', parked: parked(60_000) } as const;
      const changes = [changed(await trial.store(1), ends), changed(await trial.store(2), waits)];
      await expect(save(changes, { [part]: must(failing[part]) })).rejects.toThrow('broken');
      expect([(await trial.get(1)).state, (await trial.get(2)).state]).toEqual(['RECEIVED', 'RECEIVED']);
    },
  );

  test('no timer is set for a wait of a moment, nor anew for one that it has', async () => {
    const waiting = await trial.store(1, { ...AT_ONE, state: 'PARKED', parked: parked(60_000) });
    const soon = { ...AT_ONE, notBefore: trial.inMs(1_000) } as const;
    await save([changed(waiting, { priority: 'urgent' }), changed(await trial.store(2), soon)]);
    expect(trial.timers.all.size).toBe(0);
    await save([changed(await trial.get(1), { parked: parked(90_000) })]);
    expect(trial.timerRids()).toEqual([`1 ${trial.inMs(90_000)}`]);
  });

  test('nobody is told of an end that was told already', async () => {
    const ended = await trial.store(1, { state: 'COMPLETED', watchers: [ridOf(9)] });
    await save([changed(ended, { priority: 'urgent' })]);
    expect(trial.sent).toEqual([]);
  });
});
