import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { watchKeys } from './keys-watch.ts';
import { newCoreKeys, openTestTrust } from './stations/trust.fixture.ts';
import type { Database, Doc } from './store/store.ts';

const noteOf = ({ signing, sealing }: ReturnType<typeof newCoreKeys>, rev?: string): Doc =>
  ({ _id: 'keys', ...(rev ? { _rev: rev } : {}), signing: signing.keyId, sealing: sealing.keyId }) as Doc;

it('a process that runs ends with a code when the core was given other keys, and not when the store fails', async () => {
  const { keys, databases } = await openTestTrust();
  const { leases } = databases;
  await leases.write([noteOf(keys)]);
  let looks = 0;
  const failing: Pick<Database, 'get'> = {
    get: (id) => {
      looks += 1;
      return looks === 1 ? Promise.reject(new Error('the link is gone')) : leases.get(id);
    },
  };
  const other = Promise.withResolvers<unknown>();
  const told: unknown[] = [];
  const stop = watchKeys({
    keys,
    leases: { ...leases, ...failing },
    onOtherKeys: (error) => {
      told.push(error);
      other.resolve(error);
    },
    log: pino({ enabled: false }),
    everyMs: 5,
  });
  onTestFinished(stop);
  await expect.poll(() => looks).toBeGreaterThan(2);
  expect(told).toEqual([]);
  await leases.write([noteOf(newCoreKeys(), (await leases.get('keys'))?._rev)]);
  expect(await other.promise).toMatchObject({ code: 'ENR-OPS-008' });
  await stop();
  expect(told).toHaveLength(1);
});
