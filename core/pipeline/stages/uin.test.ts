import { UIN_PRESETS } from '@enroute/shared/uin/rules.ts';
import { describe, expect, test } from 'vitest';
import type { Doc } from '../../store/store.ts';
import { stageBench } from './stages.fixture.ts';
import { uinStage } from './uin.ts';

const bench = stageBench();

describe('uin', () => {
  test('gives each registration a number of its own, and the same one again', async () => {
    const stage = uinStage(bench.core.databases, UIN_PRESETS.mosip);
    const batch = [await bench.core.arrive(), await bench.core.arrive()];
    expect(await bench.perform(stage, batch)).toEqual([{ kind: 'next' }, { kind: 'next' }]);
    const numbers = async () => {
      const docs = await bench.core.databases.uins.getMany<Doc & { uin: string }>(batch.map(({ _id }) => `rid:${_id}`));
      return docs.map(({ uin }) => uin);
    };
    const first = await numbers();
    expect(new Set(first).size).toBe(2);
    await bench.perform(stage, batch);
    expect(await numbers()).toEqual(first);
  });
});
