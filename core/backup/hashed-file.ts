/** Files copied or read whole, with their SHA-256 told on the way. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

export interface Hashed {
  readonly bytes: number;
  readonly sha256: string;
}

export async function hashFile(path: string): Promise<Hashed> {
  return hashing(path, async () => undefined);
}

/** Copies, durably; the name's durability is for the caller's folder. @throws where there is a file of the name already */
export async function copyHashed(from: string, to: string): Promise<Hashed> {
  const file: FileHandle = await open(to, 'wx', 0o600);
  try {
    const hashed = await hashing(from, async (chunk) => {
      // All of it: a single write may take less than it was given.
      await file.writeFile(chunk);
    });
    await file.sync();
    return hashed;
  } finally {
    await file.close();
  }
}

async function hashing(path: string, take: (chunk: Buffer) => Promise<void>): Promise<Hashed> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.byteLength;
    await take(chunk);
  }
  return { bytes, sha256: hash.digest('hex') };
}
