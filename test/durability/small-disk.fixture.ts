/** A small disk of its own, which a test fills to the page. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freshFolder } from './folder.fixture.ts';

export interface SmallDisk {
  readonly folder: string;
  freePages(): number;
  /** Fills it so that exactly so many pages are free. */
  leave(pages: number): void;
  /** Takes away what fills it. */
  clear(): void;
}

const PAGE_BYTES = 4096;

/** @returns undefined where this user may not mount one. */
export function mountSmallDisk(mebibytes: number): SmallDisk | undefined {
  const folder = freshFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', [folder]));
  const ballast = join(folder, 'ballast');
  const freePages = (): number => {
    const { bavail, bsize } = statfsSync(folder);
    return (bavail * bsize) / PAGE_BYTES;
  };
  return {
    folder,
    freePages,
    leave: (pages) => {
      const file = openSync(ballast, 'w');
      const excess = (freePages() - pages) * PAGE_BYTES;
      if (excess > 0) writeSync(file, Buffer.alloc(excess, 1));
      closeSync(file);
      if (freePages() !== pages) throw new Error(`${freePages()} pages are free, and not ${pages}.`);
    },
    clear: () => rmSync(ballast, { force: true }),
  };
}
