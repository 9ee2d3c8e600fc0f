/**
 * The entries of a bundle file, put together from its frames. Where a frame is missing the entry in hand is lost; reading
 * goes on with the first record that a later frame says begins in it.
 */
import { type Frame, PAYLOAD_BYTES } from '@enroute/shared/courier/frames.ts';
import { decodeRecordHead, RECORD_HEAD_BYTES, type RecordHead } from '@enroute/shared/courier/records.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { FrameStep } from './read-frames.ts';

export type BundleEntry =
  | {
      readonly kind: 'packet' | 'document';
      /** What it says it is; undefined when it is no JSON. */
      readonly json: unknown;
      readonly bodyBytes: number;
      /** To be read, if at all, before the next entry is asked for. @throws EnrouteError ENR-CRR-006 where it breaks off. */
      readonly body: AsyncIterable<Uint8Array>;
    }
  /** Bytes that can not be read. How many entries lay there is not known here. */
  | { readonly kind: 'hole'; readonly atBytes: number; readonly toBytes: number }
  | { readonly kind: 'broken-off'; readonly atBytes: number };

/** Something is missing where bytes were expected. */
class Gap extends Error {}

export async function* readEntries(frames: AsyncIterator<FrameStep>): AsyncGenerator<BundleEntry> {
  const reader = new RecordReader(frames);
  for (;;) {
    try {
      const head = await reader.nextHead();
      if (!head) break;
      const json = parsed(await reader.exactly(head.jsonBytes));
      const body = reader.body(head.bodyBytes);
      if (head.kind !== 'statement') yield { kind: head.kind, json, bodyBytes: head.bodyBytes, body };
      await reader.skipBody();
    } catch (error) {
      if (!(error instanceof Gap)) throw error;
    }
    yield* reader.takeNotes();
  }
  yield* reader.takeNotes();
}

class RecordReader {
  readonly #frames: AsyncIterator<FrameStep>;
  /** What is left of the frame at hand. */
  #rest: Uint8Array = new Uint8Array();
  /** False until a frame tells where a record begins: at the start, and after a gap. */
  #isInStep = false;
  #isEnded = false;
  #bodyLeft = 0;
  #notes: BundleEntry[] = [];

  constructor(frames: AsyncIterator<FrameStep>) {
    this.#frames = frames;
  }

  /** Undefined at the end. @throws Gap at each piece of damage on the way: its note is to be taken */
  async nextHead(): Promise<RecordHead | undefined> {
    for (;;) {
      if (!this.#isInStep && !(await this.#findRecord())) return undefined;
      if (this.#rest.byteLength === 0 && !(await this.#nextFrame())) {
        if (this.#isEnded) return undefined;
        throw new Gap();
      }
      // Padding may be shorter than a head.
      if (this.#rest[0] === 0) {
        this.#rest = new Uint8Array();
        continue;
      }
      const head = decodeRecordHead(await this.exactly(RECORD_HEAD_BYTES));
      if (head && head !== 'padding') return head;
      this.#isInStep = false;
      throw new Gap();
    }
  }

  /** @throws Gap */
  async exactly(bytes: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let left = bytes; left > 0; ) {
      const part = await this.#upTo(left);
      parts.push(part);
      left -= part.byteLength;
    }
    return Buffer.concat(parts);
  }

  body(bytes: number): AsyncIterable<Uint8Array> {
    this.#bodyLeft = bytes;
    return { [Symbol.asyncIterator]: () => this.#pieces() };
  }

  async skipBody(): Promise<void> {
    while (this.#bodyLeft > 0) await this.#bodyPiece();
  }

  takeNotes(): BundleEntry[] {
    const notes = this.#notes;
    this.#notes = [];
    return notes;
  }

  async *#pieces(): AsyncGenerator<Uint8Array> {
    while (this.#bodyLeft > 0) {
      const piece = await this.#bodyPiece().catch((error: unknown) => {
        throw error instanceof Gap ? new EnrouteError('ENR-CRR-006') : error;
      });
      yield piece;
    }
  }

  async #bodyPiece(): Promise<Uint8Array> {
    try {
      const piece = await this.#upTo(this.#bodyLeft);
      this.#bodyLeft -= piece.byteLength;
      return piece;
    } catch (error) {
      this.#bodyLeft = 0;
      throw error;
    }
  }

  async #upTo(bytes: number): Promise<Uint8Array> {
    if (this.#rest.byteLength === 0 && !(await this.#nextFrame())) throw new Gap();
    const part = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(part.byteLength);
    return part;
  }

  /** The frame that follows, as a whole; false when there is none or it is damaged. */
  async #nextFrame(): Promise<boolean> {
    const frame = await this.#step();
    if (frame) this.#rest = frame.payload;
    return frame !== undefined;
  }

  /** Reads on to the next beginning of a record; false at the end. @throws Gap */
  async #findRecord(): Promise<boolean> {
    for (;;) {
      const frame = await this.#step();
      if (!frame && this.#isEnded) return false;
      if (!frame) throw new Gap();
      if (frame.firstRecordAt === undefined) continue;
      this.#rest = frame.payload.subarray(frame.firstRecordAt, PAYLOAD_BYTES);
      this.#isInStep = true;
      return true;
    }
  }

  async #step(): Promise<Frame | undefined> {
    const { done, value } = await this.#frames.next();
    if (done) {
      this.#isEnded = true;
      return undefined;
    }
    if (value.kind === 'frame') return value.frame;
    this.#isInStep = false;
    this.#rest = new Uint8Array();
    this.#notes.push(value.kind === 'damaged' ? { ...value, kind: 'hole' } : value);
    return undefined;
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
