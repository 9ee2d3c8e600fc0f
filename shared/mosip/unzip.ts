import { crc32, inflateRawSync } from 'node:zlib';
import {
  type Entry,
  ERR_CENTRAL_DIRECTORY_NOT_FOUND,
  ERR_ENCRYPTED_CENTRAL_DIRECTORY,
  ERR_ENTRY_DATA_OUT_OF_BOUNDS,
  ERR_EOCDR_NOT_FOUND,
  ERR_OVERLAPPING_ENTRY,
  ERR_UNSAFE_FILENAME,
  type FileEntry,
  Uint8ArrayReader,
  Uint8ArrayWriter,
  ZipReader,
} from '@zip.js/zip.js';
import { type MosipCode, MosipError } from './findings.ts';
import type { PacketLimits } from './packet-files.ts';

/** What may still be unpacked, counted over a zip and the zips within it. */
export interface UnpackBudget {
  readonly maxFileBytes: number;
  leftFiles: number;
  leftBytes: number;
}

export function budgetOf(limits: PacketLimits): UnpackBudget {
  return { maxFileBytes: limits.maxFileBytes, leftFiles: limits.maxFiles, leftBytes: limits.maxTotalBytes };
}

export interface OpenedZip {
  /** The files' paths in it, in the archive's order; folders are left out. */
  readonly paths: readonly string[];
  /** @throws MosipError MOSIP_ZIP_… when the entry is not what the archive says, or more than the budget allows. */
  read(path: string): Promise<Uint8Array>;
}

const STORED = 0;
const DEFLATED = 8;
const FILE_KIND = 0o170000;
const REGULAR_FILE = 0o100000;

/**
 * Opens a stranger's zip. The library reads where its entries lie, strictly: what two programs could read differently
 * is refused. Nothing is unpacked before it is asked for, and never more of it than the entry states and the budget
 * has left: the inflating is bounded by us and not by what the headers say.
 * @throws MosipError MOSIP_ZIP_… by what is wrong with the archive.
 */
export async function openZip(bytes: Uint8Array, budget: UnpackBudget): Promise<OpenedZip> {
  const reader = new ZipReader(new Uint8ArrayReader(bytes), {
    strictness: 'strict',
    checkOverlappingEntry: true,
    useWebWorkers: false,
  });
  const entries = new Map<string, FileEntry>();
  const seen = new Set<string>();
  await reading(async () => {
    for await (const entry of reader.getEntriesGenerator()) {
      if (budget.leftFiles <= 0)
        throw refusal('MOSIP_ZIP_TOO_MANY_FILES', 'The zip holds more files than a packet has.');
      budget.leftFiles -= 1;
      checkEntry(entry, seen);
      if (!entry.directory) entries.set(entry.filename, entry);
    }
  });
  return {
    paths: [...entries.keys()],
    read: (path) => reading(() => readEntry(path, entries.get(path), budget)),
  };
}

function checkEntry(entry: Entry, seen: Set<string>): void {
  const shown = JSON.stringify(entry.filename.slice(0, 80));
  // The library lets a backslash within a name pass; to a Windows machine it is a folder.
  if (entry.filename.includes('\\')) throw refusal('MOSIP_ZIP_UNSAFE_PATH', `The zip holds a file at ${shown}.`);
  // File systems that fold case or forms would write the second over the first.
  const folded = entry.filename.normalize('NFC').toLowerCase();
  if (seen.has(folded)) throw refusal('MOSIP_ZIP_DUPLICATE', `The zip holds ${shown} twice.`);
  seen.add(folded);
  if (entry.encrypted) throw refusal('MOSIP_ZIP_ENCRYPTED', `${shown} is encrypted; only opened packets are read.`);
  const kind = (entry.unixMode ?? 0) & FILE_KIND;
  if (entry.symlink || (!entry.directory && kind !== 0 && kind !== REGULAR_FILE)) {
    throw refusal('MOSIP_ZIP_NOT_A_FILE', `${shown} is no plain file but a link or a device.`);
  }
}

async function readEntry(path: string, entry: FileEntry | undefined, budget: UnpackBudget): Promise<Uint8Array> {
  if (entry === undefined) throw refusal('MOSIP_FILE_MISSING', 'The zip holds no such file.');
  const shown = JSON.stringify(path.slice(0, 80));
  const statedBytes = entry.uncompressedSize;
  if (statedBytes > Math.min(budget.maxFileBytes, budget.leftBytes)) {
    throw refusal(
      'MOSIP_ZIP_TOO_LARGE',
      `${shown} is larger than a packet's file may be, or all of them together are.`,
    );
  }
  budget.leftBytes -= statedBytes;
  const stored = await entry.getData(new Uint8ArrayWriter(), { passThrough: true });
  const content = unpack(entry.compressionMethod, stored, statedBytes, shown);
  if (content.byteLength !== statedBytes) {
    throw refusal('MOSIP_ZIP_SIZE_UNTRUE', `${shown} does not unpack to the size that it states.`);
  }
  if (crc32(content) !== entry.crc32) throw refusal('MOSIP_ZIP_DAMAGED', `${shown} is not as it was packed.`);
  return content;
}

function unpack(method: number, stored: Uint8Array, statedBytes: number, shown: string): Uint8Array {
  if (method === STORED) return stored;
  if (method !== DEFLATED) throw refusal('MOSIP_ZIP_METHOD', `${shown} is packed in a way that is not known here.`);
  try {
    // One byte of room tells a lie from the truth; no more than that is ever inflated.
    return new Uint8Array(inflateRawSync(stored, { maxOutputLength: statedBytes + 1 }));
  } catch (cause) {
    const tooLong = cause instanceof RangeError;
    if (tooLong) throw refusal('MOSIP_ZIP_SIZE_UNTRUE', `${shown} does not unpack to the size that it states.`);
    throw refusal('MOSIP_ZIP_DAMAGED', `${shown} does not unpack.`, cause);
  }
}

/** The library's own errors have a sentence each and no code; those that a person can tell apart get one. */
const CODES = new Map<string, MosipCode>([
  [ERR_EOCDR_NOT_FOUND, 'MOSIP_ZIP_TRUNCATED'],
  [ERR_CENTRAL_DIRECTORY_NOT_FOUND, 'MOSIP_ZIP_TRUNCATED'],
  [ERR_ENTRY_DATA_OUT_OF_BOUNDS, 'MOSIP_ZIP_OVERLAP'],
  [ERR_OVERLAPPING_ENTRY, 'MOSIP_ZIP_OVERLAP'],
  [ERR_UNSAFE_FILENAME, 'MOSIP_ZIP_UNSAFE_PATH'],
  [ERR_ENCRYPTED_CENTRAL_DIRECTORY, 'MOSIP_ZIP_ENCRYPTED'],
]);
const SENTENCES: Partial<Record<MosipCode, string>> = {
  MOSIP_ZIP_TRUNCATED: 'The zip ends too early; a part of it is missing.',
  MOSIP_ZIP_OVERLAP: 'Two files of the zip lie one in the other.',
  MOSIP_ZIP_UNSAFE_PATH: 'The zip holds a file whose path leads out of it.',
  MOSIP_ZIP_ENCRYPTED: 'The zip is encrypted; only opened packets are read.',
  MOSIP_ZIP_DUPLICATE: 'The zip holds a file twice.',
};

async function reading<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof MosipError) throw cause;
    const reason = cause instanceof Error && 'reason' in cause ? cause.reason : undefined;
    const code =
      reason === 'duplicate filename'
        ? 'MOSIP_ZIP_DUPLICATE'
        : (CODES.get(cause instanceof Error ? cause.message : '') ?? 'MOSIP_ZIP_DAMAGED');
    throw refusal(code, SENTENCES[code] ?? 'The zip is damaged, or can be read in more than one way.', cause);
  }
}

function refusal(code: MosipCode, sentence: string, cause?: unknown): MosipError {
  return new MosipError(code, sentence, { cause });
}
