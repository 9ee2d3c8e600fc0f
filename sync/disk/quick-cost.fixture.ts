/**
 * Key files that open at once: for tests that are not about how long it takes to guess a password. How much time it takes
 * stands in the file itself, so that a program that is run as it is shipped opens a quick one quickly.
 */
import { type KeyFileCost, readKeyFile, writeKeyFile } from './key-file.ts';

/** The least that argon2id takes. */
export const QUICK_COST: KeyFileCost = { memoryKiB: 8, passes: 1 };

/** Writes the same content again, under the same passphrase. */
export async function makeQuickToOpen(path: string, passphrase: string): Promise<void> {
  await writeKeyFile(path, passphrase, Object(await readKeyFile(path, passphrase)), QUICK_COST);
}
