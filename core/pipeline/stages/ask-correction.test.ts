import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { type Task, verifyTask } from '@enroute/shared/schemas/task.ts';
import { describe, expect, test } from 'vitest';
import type { Doc } from '../../store/store.ts';
import { NOW, STATION } from '../pipeline.fixture.ts';
import { askCorrectionStage } from './ask-correction.ts';
import { body, stageBench } from './stages.fixture.ts';

const bench = stageBench();

describe('ask-correction', () => {
  test('sends one signed task with what is to be captured, and waits fifteen days', async () => {
    const registration = await bench.core.arrive({
      change: { facts: { poor: ['FACE', 'LEFT_RING'] }, stageSince: NOW.toISOString() },
    });
    const stage = askCorrectionStage(bench.core.databases, bench.core.keys);
    const until = new Date('2026-03-16T08:00:00.000Z');
    expect(await bench.perform(stage, [registration])).toEqual([{ kind: 'park', reason: 'correction', until }]);
    const later = new Date(NOW.getTime() + 60_000);
    expect(await bench.perform(stage, [registration], later)).toEqual([{ kind: 'park', reason: 'correction', until }]);
    expect(await bench.core.sent(`task:${registration._id}`)).toEqual([`task:${registration._id}:01`]);
    const task = await bench.downDoc<Doc & Task>(`task:${registration._id}:01`);
    expect(task).toMatchObject({ number: 1, positions: ['FACE', 'LEFT_RING'], dueBy: until.toISOString() });
    expect(verifyTask(body(task) as Task, publicKeyOf(bench.core.keys.signing))).toBe(true);
  });

  test('sends another task to one that comes here once more, with what is to be captured now and its own time', async () => {
    const registration = await bench.core.arrive({
      change: { facts: { poor: ['FACE', 'LEFT_RING'] }, stageSince: NOW.toISOString() },
    });
    const stage = askCorrectionStage(bench.core.databases, bench.core.keys);
    await bench.perform(stage, [registration]);
    const again = new Date(NOW.getTime() + 10 * 86_400_000);
    const until = new Date('2026-03-26T08:00:00.000Z');
    const restarted = { ...registration, facts: { poor: ['FACE' as const] }, stageSince: again.toISOString() };
    expect(await bench.perform(stage, [restarted], again)).toEqual([{ kind: 'park', reason: 'correction', until }]);
    expect(await bench.downDoc<Doc & Task>(`task:${registration._id}:02`)).toMatchObject({
      number: 2,
      positions: ['FACE'],
      dueBy: until.toISOString(),
    });
  });

  test('numbers its tasks by the corrections that were taken up', async () => {
    const correction = await bench.core.arrive({ process: 'CORRECTION', corrects: `${STATION}0000120260301080000` });
    const corrections = [{ rid: correction._id, digest: correction.packet.digest }];
    const registration = await bench.core.arrive({ change: { facts: { poor: ['FACE'] }, corrections } });
    await bench.perform(askCorrectionStage(bench.core.databases, bench.core.keys), [registration]);
    expect(await bench.core.sent(`task:${registration._id}`)).toEqual([`task:${registration._id}:02`]);
  });
});

describe('sending down', () => {
  test('a document that the store can never take is an error, and not silence', async () => {
    const poor = new Array<'FACE'>(200_000).fill('FACE');
    const registration = await bench.core.arrive();
    const greedy = { ...registration, facts: { poor } };
    await expect(
      bench.perform(askCorrectionStage(bench.core.databases, bench.core.keys), [greedy]),
    ).rejects.toMatchObject({
      name: 'StoreError',
      transient: false,
    });
  });
});
