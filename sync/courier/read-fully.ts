import type { FileHandle } from 'node:fs/promises';

/** Bytes from a place of a file: fewer than asked for only where the file ends. */
export async function readFully(file: FileHandle, at: number, bytes: number): Promise<Uint8Array> {
  const buffer = Buffer.alloc(bytes);
  let filled = 0;
  while (filled < bytes) {
    const { bytesRead } = await file.read(buffer, filled, bytes - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
