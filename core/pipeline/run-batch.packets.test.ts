import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StoredRegistration } from '../databases.ts';
import { openTestCore, type TestCore } from './pipeline.fixture.ts';
import { type BatchTrial, batchTrial, each, effect } from './run-batch.fixture.ts';
import { loadShippedFlows } from './shipped-flows.ts';
import type { EffectStage } from './stage.ts';

let core: TestCore;
let trial: BatchTrial;
beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.dispose());
beforeEach(async () => {
  trial = await batchTrial(core);
});

/** Of the shipped flows. */
const RETRY_BUDGET = 12;

describe('packets in a batch', () => {
  const flows = () => loadShippedFlows(trial.core.databases, trial.core.keys, trial.core.register.card);
  const process = (batch: readonly StoredRegistration[], random = 1): ReturnType<BatchTrial['run']> =>
    trial.run(batch, [], { flowOf: flows().flowOf, db: trial.core.databases.registrations, random });

  test.each([
    ['is no packet at all', () => new TextEncoder().encode('not a packet'), 'ENR-PKT-001'],
    ['ends too early', (good: Uint8Array) => good.subarray(0, -10), 'ENR-PKT-006'],
  ])('one that %s ends FAILED, is answered, and does not spoil the others', async (_name, spoil, code) => {
    const good = await trial.core.arrive();
    const bytes = spoil(await trial.core.vault.read(good.packet.digest));
    const bad = await trial.core.arrive({ bytes });
    await process([bad, good]);
    expect(await trial.core.get(bad._id)).toMatchObject({ state: 'FAILED', verdict: { state: 'FAILED', code } });
    expect(await trial.core.get(good._id)).toMatchObject({ state: 'COMPLETED' });
    const channel = await trial.core.databases.channel(bad.station);
    expect(await channel.get(`receipt:${bad._id}:OUTCOME`)).toMatchObject({ outcome: 'FAILED', code });
    expect(await trial.core.sent(`result:${bad._id}`)).toEqual([]);
  });

  test.each([
    ['is not there', (path: string) => rm(path)],
    ['has rotted', async (path: string) => writeFile(path, (await readFile(path)).fill(0, 500, 600))],
  ])(
    'one that %s in the vault is tried again and then put aside: the station must not let go of it',
    async (_name, spoil) => {
      const arrival = await trial.core.arrive();
      const { digest } = arrival.packet;
      await spoil(join(trial.core.folder, 'vault', digest.slice(0, 2), `${digest}.enrp`));
      let batch: readonly StoredRegistration[] = [arrival];
      for (let n = 0; n < RETRY_BUDGET && batch[0]?.state !== 'DEAD_LETTER'; n += 1) {
        batch = (await process(batch)).saved;
        trial.clock = new Date(trial.clock.getTime() + 10 * 60_000);
      }
      expect(batch).toMatchObject([{ state: 'DEAD_LETTER', stage: 'packet' }]);
      expect(await trial.core.sent(`receipt:${arrival._id}`)).toEqual([`receipt:${arrival._id}:RECEIVED`]);
    },
  );

  test('an effect that does not say that it reads packets does not get them', async () => {
    const curious = effect('e', async (works) => {
      for (const { packets } of works) packets();
      return each(works);
    });
    const { saved } = await trial.run(await trial.arrived(1), [curious]);
    expect(saved).toMatchObject([{ state: 'IN_FLOW', attempts: 1 }]);
  });

  test('a coded error of a packet fails it in an effect, too', async () => {
    const reads: EffectStage = {
      ...effect('e', async () => {
        throw new EnrouteError('ENR-PKT-008');
      }),
      reads: true,
    };
    const { saved } = await trial.run(await trial.arrived(1), [reads]);
    expect(saved).toMatchObject([{ state: 'FAILED', verdict: { code: 'ENR-PKT-008' } }]);
  });
});
