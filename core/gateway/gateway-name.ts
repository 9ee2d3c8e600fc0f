/**
 * What a gateway is called where it keeps something of its own in a store that others use, too: drawn once, and kept in
 * the core's folder. The machine's name would not do, for a container has another at each start.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '@enroute/sync/disk/durable-file.ts';

const FILE = 'gateway-name';
const NAME = /^[0-9a-f]{16}$/;
const NAME_BYTES = 8;

/** @param folder the core's @throws the file system's error when it can't be kept */
export async function gatewayName(folder: string): Promise<string> {
  const path = join(folder, FILE);
  const kept = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (NAME.test(kept)) return kept;
  const drawn = randomBytes(NAME_BYTES).toString('hex');
  await writeDurably(path, Buffer.from(`${drawn}\n`));
  return drawn;
}
