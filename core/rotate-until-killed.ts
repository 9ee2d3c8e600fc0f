/** Gives a core new keys and dies on the way, right after one step on the disk: for a test that looks at what is left. */
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const [path = '', passphrase = '', step = ''] = process.argv.slice(2);
/** The test wants to be through, and nobody guesses. */
const QUICK = { memoryKiB: 8, passes: 1 };

function dieAfter(reached: string): void {
  if (reached === step) process.kill(process.pid, 'SIGKILL');
}

const { open, rename } = fs;
fs.open = async (...asked) => {
  const file = await open(...asked);
  const [write, sync] = [file.writeFile.bind(file), file.sync.bind(file)];
  file.writeFile = async (...given) => {
    await write(...given);
    dieAfter('written');
  };
  file.sync = async () => {
    await sync();
    dieAfter('synced');
  };
  return file;
};
fs.rename = async (...given) => {
  await rename(...given);
  dieAfter('renamed');
};
syncBuiltinESMExports();

const { rotateCoreKeys } = await import('./keys.ts');
await rotateCoreKeys(path, passphrase, new Date(), QUICK);
