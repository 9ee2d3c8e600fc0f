/** Packets as a vault takes them: from memory, or from a file. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { PacketSource } from './vault.ts';

/** Large enough that a file is read in few steps, small enough for hundreds at once. */
const CHUNK_BYTES = 256 * 1024;

export function sourceOfBytes(bytes: Uint8Array): PacketSource {
  return {
    bytes: bytes.byteLength,
    chunks: async function* chunks() {
      for (let at = 0; at < bytes.byteLength; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
    },
  };
}

/** @throws the file system's error when it is not there. */
export async function sourceOfFile(path: string): Promise<PacketSource> {
  const { size } = await stat(path);
  return { bytes: size, path, chunks: () => chunksOfFile(path) };
}

/** @param to behind the last byte; the end of the file without it */
export function chunksOfFile(path: string, from = 0, to = Number.POSITIVE_INFINITY): AsyncIterable<Uint8Array> {
  return createReadStream(path, { start: from, end: to - 1, highWaterMark: CHUNK_BYTES });
}
