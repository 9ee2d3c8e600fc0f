import { expect, it } from 'vitest';
import { inPassing } from './in-passing.ts';
import { StoreError } from './store.ts';

const failing = (transient: boolean) => Promise.reject(new StoreError('a node is away', { transient }));

it('misses a note that the store does not take just now', async () => {
  await expect(inPassing(failing(true))).resolves.toBeUndefined();
});

it('does not hide a store that is closed, or a mistake', async () => {
  await expect(inPassing(failing(false))).rejects.toThrow('a node is away');
  await expect(inPassing(Promise.reject(new TypeError('of ours')))).rejects.toThrow('of ours');
});
