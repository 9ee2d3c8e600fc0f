/**
 * One file of a courier bundle in the making. It grows under a temporary name, frame by frame, with the places of frame 0
 * and of the prefix left free: what the sender states of the file (how many entries, which of how many files) is known only
 * at the end. It gets its name when it is whole, on the disk, and has been read back.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BUNDLE_PREFIX_BYTES, type BundleStream, newBundleStream } from '@enroute/shared/courier/format.ts';
import {
  bundleFileBytes,
  FRAME_BYTES,
  frameOffset,
  openFrame,
  PAYLOAD_BYTES,
  sealFrame,
} from '@enroute/shared/courier/frames.ts';
import { encodeRecord } from '@enroute/shared/courier/records.ts';
import { type Statement, statementSchema } from '@enroute/shared/courier/statement.ts';
import type { PublicKey } from '@enroute/shared/crypto/keys.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { moveDurably, PARTIAL_SUFFIX } from '../disk/durable-file.ts';
import { readFully } from './read-fully.ts';
import { openUncached, type ReadableFile } from './uncached-file.ts';

export const BUNDLE_SUFFIX = '.enrb';
const NAME_BYTES = 8;
const NAME = /^[0-9a-f]{16}\.enrb$/;
const STATEMENT_FRAME = 0;
const NO_BYTES = new Uint8Array();

/** True for the names that files of ours are given. */
export function isBundleName(name: string): boolean {
  return NAME.test(name);
}

export interface Published {
  readonly bytes: number;
  /** From the medium itself; false where only the system's memory could be read. */
  readonly readBack: boolean;
}

export class BundleFile {
  /** Says nothing of who made it, nor for whom. */
  readonly path: string;
  readonly stream: BundleStream;
  readonly #partial: string;
  readonly #prefix: Uint8Array;
  #file: FileHandle | undefined;
  #index = STATEMENT_FRAME + 1;
  #payload = Buffer.alloc(PAYLOAD_BYTES);
  #used = 0;
  #firstRecordAt: number | undefined;
  #entries = 0;
  #entriesBytes = 0;

  private constructor(folder: string, { prefix, stream }: ReturnType<typeof newBundleStream>) {
    this.path = join(folder, `${randomBytes(NAME_BYTES).toString('hex')}${BUNDLE_SUFFIX}`);
    this.#partial = `${this.path}${PARTIAL_SUFFIX}`;
    this.#prefix = prefix;
    this.stream = stream;
  }

  static async create(folder: string, reader: PublicKey): Promise<BundleFile> {
    const made = new BundleFile(folder, newBundleStream(reader));
    made.#file = await open(made.#partial, 'wx', 0o600);
    return made;
  }

  get entries(): number {
    return this.#entries;
  }

  /** Size of the file when it is closed with so many bytes of entries more. */
  bytesWith(entryBytes: number): number {
    return bundleFileBytes(this.#entriesBytes + entryBytes);
  }

  async add(head: Uint8Array, body: Uint8Array = NO_BYTES): Promise<void> {
    // A frame that is full goes only when more comes: the last one must say that it is.
    if (this.#used === PAYLOAD_BYTES) await this.#flush(false);
    this.#firstRecordAt ??= this.#used;
    for (const piece of [head, body]) await this.#append(piece);
    this.#entries += 1;
    this.#entriesBytes += head.byteLength + body.byteLength;
  }

  /** No entry comes any more. */
  async close(): Promise<void> {
    await this.#flush(true);
  }

  /**
   * Writes prefix and statement, makes the file durable, reads it back, and gives it its name.
   * @throws EnrouteError ENR-CRR-008 when what was read back is not what was written.
   */
  async publish(statement: Statement): Promise<Published> {
    const payload = Buffer.alloc(PAYLOAD_BYTES);
    payload.set(encodeRecord('statement', statementSchema.parse(statement), 0));
    const frame = sealFrame({ payload, firstRecordAt: 0, isLast: false }, STATEMENT_FRAME, this.stream);
    await this.#write(Buffer.concat([this.#prefix, frame]), 0);
    await this.#opened().sync();
    await this.#release();
    const readBack = await this.#readBack();
    await moveDurably(this.#partial, this.path);
    return { bytes: frameOffset(this.#index), readBack };
  }

  /** What was not published goes. */
  async abandon(): Promise<void> {
    await this.#release().catch(() => undefined);
    await rm(this.#partial, { force: true }).catch(() => undefined);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.byteLength; ) {
      if (this.#used === PAYLOAD_BYTES) await this.#flush(false);
      const piece = bytes.subarray(from, from + PAYLOAD_BYTES - this.#used);
      this.#payload.set(piece, this.#used);
      this.#used += piece.byteLength;
      from += piece.byteLength;
    }
  }

  async #flush(isLast: boolean): Promise<void> {
    this.#payload.fill(0, this.#used);
    const frame = { payload: this.#payload, firstRecordAt: this.#firstRecordAt, isLast };
    await this.#write(sealFrame(frame, this.#index, this.stream), frameOffset(this.#index));
    this.#index += 1;
    this.#used = 0;
    this.#firstRecordAt = undefined;
  }

  async #write(bytes: Uint8Array, at: number): Promise<void> {
    for (let from = 0; from < bytes.byteLength; ) {
      const { bytesWritten } = await this.#opened().write(bytes, from, bytes.byteLength - from, at + from);
      from += bytesWritten;
    }
  }

  /** @returns whether it came from the medium: where that can't be had, the system's memory is read all the same. */
  async #readBack(): Promise<boolean> {
    const uncached = await openUncached(this.#partial, FRAME_BYTES).catch(unreadable);
    const file = uncached ?? (await openCached(this.#partial));
    try {
      if (!(await this.#isWhole(file).catch(unreadable))) throw new EnrouteError('ENR-CRR-008');
    } finally {
      await file.close();
    }
    return uncached !== undefined;
  }

  /** Every frame opens in its place: with the key that only this process has, nothing but what was written does. */
  async #isWhole(file: ReadableFile): Promise<boolean> {
    const prefix = await file.read(0, BUNDLE_PREFIX_BYTES);
    if (!Buffer.from(prefix).equals(this.#prefix)) return false;
    for (let index = 0; index < this.#index; index += 1) {
      const frame = openFrame(await file.read(frameOffset(index), FRAME_BYTES), index, this.stream);
      if (frame?.isLast !== (index === this.#index - 1)) return false;
    }
    return true;
  }

  #opened(): FileHandle {
    if (!this.#file) throw new Error('The bundle file was published or abandoned already.');
    return this.#file;
  }

  async #release(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

async function openCached(path: string): Promise<ReadableFile> {
  const file = await open(path, 'r');
  return { read: (at, bytes) => readFully(file, at, bytes), close: () => file.close() };
}

/** A bad spot shows as an error of the disk: as much another stick's turn as bytes that were changed. */
function unreadable(cause: unknown): never {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  throw new EnrouteError('ENR-CRR-008', code, cause);
}
