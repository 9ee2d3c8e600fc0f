/** The core's disk runs full while a packet comes. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileMedium } from '@enroute/core/gateway/uploads/file-medium.ts';
import { IncomingStore } from '@enroute/core/gateway/uploads/incoming-store.ts';
import { expect, test } from 'vitest';
import { mountSmallDisk } from './small-disk.fixture.ts';

const PAGE_BYTES = 4096;
const PAGES = 200;

test('what had come before it was full stays, and the upload goes on when there is room again', async (context) => {
  const small = mountSmallDisk(4);
  if (!small) return context.skip('this user may not mount a disk');
  const directory = join(small.folder, 'incoming');
  mkdirSync(directory);
  const store = new IncomingStore(fileMedium(directory), 1);
  // More than waits in memory before it goes to the disk.
  const bytes = randomBytes(PAGES * PAGE_BYTES);
  const upload = { id: 'a', size: bytes.byteLength, offset: 0 };
  await store.create(upload as Parameters<IncomingStore['create']>[0]);
  small.leave(20);
  const pages = Array.from({ length: PAGES }, (_, page) => bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES));
  await expect(store.write(Readable.from(pages), 'a', 0)).rejects.toMatchObject({ code: 'ENOSPC' });
  const offset = await store.offsetOf('a');
  // The note of the upload has taken one.
  expect(offset).toBe(19 * PAGE_BYTES);
  small.clear();
  await store.write(Readable.from([bytes.subarray(offset)]), 'a', offset ?? 0);
  expect(await store.offsetOf('a')).toBe(bytes.byteLength);
});
