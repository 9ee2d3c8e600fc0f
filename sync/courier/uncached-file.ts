/**
 * A file as its medium has it. What was just written still lies in the operating system's memory, and an ordinary read is
 * answered from there: it proves nothing about a stick. With O_DIRECT whole blocks come from the medium itself.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

export interface ReadableFile {
  /** Fewer bytes than asked for only where the file ends. The next read may write over them. */
  read(at: number, bytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Places, lengths and buffers are multiples of it; more than any stick or disk asks for. */
const BLOCK_BYTES = 4_096;
const WASM_PAGE_BYTES = 64 * 1024;

/**
 * @param mostBytes the most that is read at once
 * @returns undefined where the platform or the file system has no such reads.
 */
export async function openUncached(path: string, mostBytes: number): Promise<ReadableFile | undefined> {
  if (constants.O_DIRECT === undefined) return undefined;
  const file = await open(path, constants.O_RDONLY | constants.O_DIRECT).catch(unsupported);
  if (!file) return undefined;
  try {
    const memory = alignedMemory(mostBytes + 2 * BLOCK_BYTES);
    // Some file systems refuse the first read, not the opening.
    const probe = await file.read(memory, 0, BLOCK_BYTES, 0).catch(unsupported);
    if (probe) return { read: (at, bytes) => readBlocks(file, memory, at, bytes), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return undefined;
}

/** WebAssembly's memory begins at a page of the machine; a Buffer begins anywhere. */
function alignedMemory(bytes: number): Uint8Array {
  const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
  return new Uint8Array(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer);
}

/** The blocks in which the bytes lie. */
async function readBlocks(file: FileHandle, memory: Uint8Array, at: number, bytes: number): Promise<Uint8Array> {
  const before = at % BLOCK_BYTES;
  const span = Math.ceil((before + bytes) / BLOCK_BYTES) * BLOCK_BYTES;
  let filled = 0;
  while (filled < span) {
    const { bytesRead } = await file.read(memory, filled, span - filled, at - before + filled);
    filled += bytesRead;
    // The end of the file is the only one that is no end of a block.
    if (bytesRead === 0 || filled % BLOCK_BYTES !== 0) break;
  }
  return memory.subarray(Math.min(before, filled), Math.min(before + bytes, filled));
}

function unsupported(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EINVAL' && code !== 'ENOTSUP') throw error;
}
