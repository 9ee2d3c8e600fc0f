/** Opens one file of a courier bundle: believes its sender first, and only then reads what it carries. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import {
  BUNDLE_PREFIX_BYTES,
  type BundleStream,
  bundleReader,
  openBundleStream,
} from '@enroute/shared/courier/format.ts';
import type { Frame } from '@enroute/shared/courier/frames.ts';
import { decodeRecordHead, RECORD_HEAD_BYTES } from '@enroute/shared/courier/records.ts';
import { type Direction, type Statement, statementSchema, verifyStatement } from '@enroute/shared/courier/statement.ts';
import type { KeyPair, PublicKey } from '@enroute/shared/crypto/keys.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { LARGEST_FILE_BYTES } from './limits.ts';
import { type BundleEntry, readEntries } from './read-entries.ts';
import { readFrame, readFrames } from './read-frames.ts';
import { readFully } from './read-fully.ts';

/** Whom a receiver takes bundles from. */
export interface Trust {
  /** The receiver's own sealing keys: what was sealed for an earlier one may still be on its way. */
  readonly readers: readonly KeyPair[];
  readonly direction: Direction;
  /** The keys of whoever may send in the name of this station. @throws EnrouteError when nobody may. */
  sendersOf(station: string): Promise<readonly PublicKey[]>;
}

export interface OpenedBundle {
  readonly statement: Statement;
  /** To be read once. */
  readonly entries: AsyncGenerator<BundleEntry>;
  close(): Promise<void>;
}

const STATEMENT_FRAME = 0;
/** A pipe without a writer is not waited for, and a link leads nowhere. Windows has neither flag. */
const ONLY_FILES = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/**
 * @param signal ends the reading of entries with its reason
 * @throws EnrouteError ENR-CRR-001 to -005 or -009, or what `trust.senderOf` throws. Nothing is left open then.
 */
export async function openBundle(path: string, trust: Trust, signal?: AbortSignal): Promise<OpenedBundle> {
  const file = await open(path, ONLY_FILES).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  try {
    const fileBytes = await sizeOf(file);
    const prefix = await readFully(file, 0, BUNDLE_PREFIX_BYTES).catch((cause: unknown) => {
      throw unreadable(cause);
    });
    const reader = readerOf(prefix, trust);
    const stream = openBundleStream(prefix, reader);
    const frame = await readFrame(file, STATEMENT_FRAME, stream);
    const statement = await believed(frame, stream, reader, trust);
    const entries = readEntries(readFrames({ file, fileBytes, stream, signal }, STATEMENT_FRAME + 1));
    return { statement, entries, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The one that the file names; with none of them it is refused as somebody else's. */
function readerOf(prefix: Uint8Array, { readers }: Trust): KeyPair {
  const named = readers.find(({ keyId }) => keyId === bundleReader(prefix));
  const reader = named ?? readers[0];
  if (!reader) throw new EnrouteError('ENR-CRR-003');
  return reader;
}

async function sizeOf(file: FileHandle): Promise<number> {
  const found = await file.stat();
  if (!found.isFile()) throw new EnrouteError('ENR-CRR-009', 'not a file');
  if (found.size > LARGEST_FILE_BYTES) throw new EnrouteError('ENR-CRR-001', `${found.size} bytes`);
  return found.size;
}

/** @throws EnrouteError ENR-CRR-004 when it can't be read, -005 when it is not to be believed, or not here. */
async function believed(
  frame: Frame | undefined,
  stream: BundleStream,
  reader: KeyPair,
  trust: Trust,
): Promise<Statement> {
  if (!frame) throw new EnrouteError('ENR-CRR-004', 'statement');
  const statement = readStatement(frame.payload);
  const isOfThisFile = statement.stream === stream.name && statement.receiver === reader.keyId;
  if (!isOfThisFile || statement.direction !== trust.direction) throw new EnrouteError('ENR-CRR-005', 'another file');
  const senders = await trust.sendersOf(statement.station);
  if (!senders.some((sender) => verifyStatement(statement, sender))) throw new EnrouteError('ENR-CRR-005', 'signature');
  return statement;
}

function readStatement(payload: Uint8Array): Statement {
  const head = decodeRecordHead(payload.subarray(0, RECORD_HEAD_BYTES));
  const end = head === undefined || head === 'padding' ? 0 : RECORD_HEAD_BYTES + head.jsonBytes;
  if (head === undefined || head === 'padding' || head.kind !== 'statement' || end > payload.byteLength) {
    throw new EnrouteError('ENR-CRR-005', 'no statement');
  }
  try {
    return statementSchema.parse(JSON.parse(new TextDecoder().decode(payload.subarray(RECORD_HEAD_BYTES, end))));
  } catch {
    // The parser's message quotes the text.
    throw new EnrouteError('ENR-CRR-005', 'statement');
  }
}

function unreadable(cause: unknown): EnrouteError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
  return new EnrouteError('ENR-CRR-009', code, cause);
}
