/**
 * An upload in the store while bytes are appended to it. They gather until they are worth a document: no more than one
 * step of them is in memory, and nothing that is not in the store is ever told to be durable. When another gateway has
 * written what would come next, this one takes nothing more.
 */
import { pages } from '../../store/pages.ts';
import { type Database, type Stored, StoreError } from '../../store/store.ts';
import type { GrowingUpload, UploadRest } from './upload-medium.ts';
import { offsetOfPart, type PartDoc, partId, removeParts } from './upload-parts.ts';
import { wrongOffset } from './wrong-offset.ts';

/** As large as a part becomes, on a link that is fast; none is longer. */
export const STEP_BYTES = 512 * 1024;
/** While more comes, less than this is not worth a document: a packet of 16 MiB in one request is at most 1024. */
const SMALLEST_BYTES = 16 * 1024;

export interface GrowingDocumentsOptions {
  readonly database: Database;
  readonly id: string;
  /** Where the upload ends. */
  readonly offset: number;
  readonly now: () => Date;
}

export class GrowingDocuments implements GrowingUpload {
  readonly #options: GrowingDocumentsOptions;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #durableBytes: number;
  #failure: { readonly error: unknown } | undefined;
  /** Parts are written one after the other. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: GrowingDocumentsOptions) {
    this.#options = options;
    this.#durableBytes = options.offset;
  }

  get endBytes(): number {
    return this.#durableBytes + this.#waitingBytes;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** @throws RefusalWithHeaders 409 when another gateway goes on with this upload, or the store's error. */
  async append(bytes: Uint8Array): Promise<void> {
    this.#throwIfFailed();
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
    if (this.#waitingBytes >= STEP_BYTES) await this.#writeInTurn(STEP_BYTES);
    this.#throwIfFailed();
  }

  async advance(): Promise<number> {
    this.#throwIfFailed();
    return this.#waitingBytes < SMALLEST_BYTES ? this.#durableBytes : this.makeDurable();
  }

  async makeDurable(): Promise<number> {
    await this.#writeInTurn(1);
    this.#throwIfFailed();
    return this.#durableBytes;
  }

  #writeInTurn(leastBytes: number): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write(leastBytes));
    return this.#writing;
  }

  /** For nearly every packet it is all of it: it costs no document, and none has to be removed again. */
  async rest(): Promise<UploadRest> {
    await this.#writing;
    this.#throwIfFailed();
    return { offset: this.#durableBytes, pieces: this.#waiting };
  }

  async cutOff(from: number): Promise<void> {
    await this.#writing;
    this.#throwIfFailed();
    const kept = Buffer.concat(this.#waiting).subarray(0, Math.max(0, from - this.#durableBytes));
    this.#waiting = [kept];
    this.#waitingBytes = kept.byteLength;
    if (from < this.#durableBytes) await this.#cutParts(from);
    await this.makeDurable();
  }

  async close(): Promise<void> {
    await this.#writing;
  }

  /**
   * Never rejects: what went wrong is told to whoever asks next, and to all after.
   * @param leastBytes less than this waits on
   */
  async #write(leastBytes: number): Promise<void> {
    if (this.#failure) return;
    const pieces = [...this.#waiting];
    try {
      const bytes = Buffer.concat(pieces);
      let written = 0;
      while (bytes.byteLength - written >= leastBytes) {
        written += await this.#writePart(bytes.subarray(written, written + STEP_BYTES));
      }
      // What was appended meanwhile stands behind.
      this.#waiting = [Buffer.from(bytes.subarray(written)), ...this.#waiting.slice(pieces.length)];
    } catch (error) {
      this.#failure = { error };
      this.#waiting = [];
      this.#waitingBytes = 0;
    }
  }

  async #writePart(bytes: Uint8Array): Promise<number> {
    const { database, id, now } = this.#options;
    const part: PartDoc = { _id: partId(id, this.#durableBytes), bytes: bytes.byteLength, at: now().toISOString() };
    const result = await database.writeWithBytes(part, bytes);
    if (!result.ok) {
      throw result.reason === 'conflict' ? wrongOffset() : new StoreError(result.detail, { transient: false });
    }
    this.#durableBytes += bytes.byteLength;
    this.#waitingBytes -= bytes.byteLength;
    return bytes.byteLength;
  }

  /**
   * Removes the parts from an offset on, and shortens the one that it lies in.
   * @throws RefusalWithHeaders 409 when another gateway has changed one of them since
   */
  async #cutParts(from: number): Promise<void> {
    const { database, id, now } = this.#options;
    const parts: (Stored<PartDoc> & { readonly offset: number })[] = [];
    // No part is longer than a step.
    const start = partId(id, Math.max(0, from - STEP_BYTES));
    for await (const page of pages<PartDoc>(database, { start, end: `${id};` })) {
      parts.push(...page.map((doc) => ({ ...doc, offset: offsetOfPart(id, doc._id) ?? Number.NaN })));
    }
    const behind = parts.filter(({ offset }) => offset >= from);
    if (!(await removeParts(database, behind.toReversed()))) throw wrongOffset();
    const part = parts.find(({ offset, bytes }) => offset < from && from < offset + bytes);
    const bytes = part && (await database.bytesOf(part._id));
    if (part && bytes) {
      const shorter: PartDoc = { _id: part._id, _rev: part._rev, bytes: from - part.offset, at: now().toISOString() };
      const result = await database.writeWithBytes(shorter, bytes.subarray(0, from - part.offset));
      if (!result.ok) throw wrongOffset();
    }
    this.#durableBytes = from;
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
