/** For `crashing.ts`: counts up and follows its own feed, prints what was acknowledged, until it is killed. */
import { writeSync } from 'node:fs';
import { type OpenStoreOptions, openStore } from '../open-store.ts';
import { type Counter, follow, mustWrite } from './following.ts';

const COUNTERS = 12;

const options: Omit<OpenStoreOptions, 'onFatal'> = JSON.parse(process.argv[2] ?? '');
const onFatal = (error: Error): void => {
  throw error;
};
const store = await openStore({ ...options, onFatal });
const counters = await store.database('counters');

async function count(): Promise<never> {
  for (let turn = 0; ; turn += 1) {
    const _id = `counter-${turn % COUNTERS}`;
    const before = await counters.get<Counter>(_id);
    const n = (before?.n ?? 0) + 1;
    await mustWrite(counters, { ...before, _id, n });
    // Straight to the pipe: what was printed must have been acknowledged, and nothing may wait in a buffer.
    writeSync(1, `${_id} ${n}\n`);
  }
}

async function followForEver(): Promise<never> {
  for (;;) await follow(store, 1000);
}

await Promise.all([count(), followForEver()]);
