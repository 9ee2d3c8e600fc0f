/**
 * The control of the power-cut test: a writer that says "saved <name>" and has, or has not, done what that takes.
 * Arguments: the folder, and what is synced before the word is given: nothing, file, or file-and-folder.
 */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '', synced = ''] = process.argv.slice(2);

function syncFolder(): void {
  const names = openSync(folder, 'r');
  fsyncSync(names);
  closeSync(names);
}

for (let n = 0; ; n += 1) {
  const path = join(folder, `packet-${n}`);
  const file = openSync(`${path}.partial`, 'w');
  writeSync(file, Buffer.alloc(10_000, n % 256));
  if (synced !== 'nothing') fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.partial`, path);
  if (synced === 'file-and-folder') syncFolder();
  process.stdout.write(`saved packet-${n}\n`);
}
