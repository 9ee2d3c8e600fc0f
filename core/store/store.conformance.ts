/** The suite that every adapter of the store passes. A behaviour of only one of them is not part of the port. */
import { afterAll, beforeAll } from 'vitest';
import { besideBehaviour } from './conformance/beside.ts';
import { crashBehaviour } from './conformance/crashing.ts';
import { databaseBehaviour } from './conformance/databases.ts';
import { feedBehaviour } from './conformance/feed.ts';
import type { Harness } from './conformance/harness.ts';
import { modelBehaviour } from './conformance/model.ts';
import { rangeBehaviour } from './conformance/ranges.ts';
import { selectingBehaviour } from './conformance/selecting.ts';
import { watchingBehaviour } from './conformance/watching.ts';
import { writingBehaviour } from './conformance/writing.ts';

export function storeConformance(harness: Harness): void {
  let opened: Awaited<ReturnType<Harness['open']>> | undefined;

  beforeAll(async () => {
    opened = await harness.open();
  });
  afterAll(async () => {
    await opened?.dispose();
  });
  const store = () => {
    if (opened === undefined) throw new Error('The store is not open.');
    return opened.store;
  };

  writingBehaviour(store);
  rangeBehaviour(store);
  besideBehaviour(store);
  feedBehaviour(store);
  selectingBehaviour(store);
  watchingBehaviour(store, harness);
  databaseBehaviour(store, harness);
  modelBehaviour(store);
  crashBehaviour(harness);
}
