import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isBusy, lockFolder } from './folder-lock.ts';

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'enroute-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'store');
}

function failureOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

test('a folder is held once, and by someone else after it was let go', () => {
  const folder = freshFolder();
  const release = lockFolder(folder);
  expect(isBusy(failureOf(() => lockFolder(folder)))).toBe(true);
  release();
  release();
  lockFolder(folder)();
});

test('a folder that can not be used is another matter than one that is held', () => {
  const folder = freshFolder();
  writeFileSync(folder, 'no folder');
  expect(isBusy(failureOf(() => lockFolder(folder)))).toBe(false);
});
