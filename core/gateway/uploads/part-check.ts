/**
 * Holds the bytes of an upload against the station's list of part digests, as they come: of a part that was damaged on
 * its way, no byte stays. Only the hash of the part that is growing is in memory.
 */
import { createHash, type Hash } from 'node:crypto';
import { partBytesOf, readPartDigests, shortDigest } from '@enroute/sync/upload/parts.ts';

export interface PartList {
  readonly totalBytes: number;
  readonly partBytes: number;
  readonly digests: readonly string[];
}

/** @returns undefined when the list is not one of a packet of so many bytes. */
export function partListOf(text: string, totalBytes: number): PartList | undefined {
  const digests = readPartDigests(text, totalBytes);
  return digests && { totalBytes, partBytes: partBytesOf(totalBytes), digests };
}

/** Where the part begins that the byte at this offset lies in. */
export function beginOfPart({ partBytes }: PartList, offset: number): number {
  return offset - (offset % partBytes);
}

export class PartCheck {
  readonly #list: PartList;
  #offset: number;
  #hash: Hash = createHash('sha256');

  /** @param offset of the first byte that will be taken; a part begins there. */
  constructor(list: PartList, offset: number) {
    this.#list = list;
    this.#offset = offset;
  }

  /**
   * Takes the bytes that follow.
   * @returns where the first part that is not as announced begins; undefined as long as all whole ones are. After the
   *   first bad one nothing more is to be taken.
   */
  take(bytes: Uint8Array): number | undefined {
    let rest = bytes;
    while (rest.byteLength > 0) {
      const begin = beginOfPart(this.#list, this.#offset);
      const end = Math.min(begin + this.#list.partBytes, this.#list.totalBytes);
      const taken = rest.subarray(0, end - this.#offset);
      // Behind the end there is no part; whoever limits the length of the upload refuses those bytes.
      if (taken.byteLength === 0) return undefined;
      this.#hash.update(taken);
      this.#offset += taken.byteLength;
      if (this.#offset === end && !this.#isSound(begin)) return begin;
      rest = rest.subarray(taken.byteLength);
    }
    return undefined;
  }

  #isSound(begin: number): boolean {
    const digest = shortDigest(this.#hash.digest());
    this.#hash = createHash('sha256');
    return digest === this.#list.digests[begin / this.#list.partBytes];
  }
}

/**
 * Hashes what comes as seldom as may be. As long as all of an upload is in memory its bytes are hashed as one: when they
 * come to their end and are the packet, no part was damaged. The parts are looked at from the moment on when somebody asks
 * for them, because bytes are to be put down, or are not the packet.
 */
export class ArrivalCheck {
  readonly #parts: PartCheck | undefined;
  #whole: Hash | undefined;
  #waiting: Uint8Array[] = [];
  #badFrom: number | undefined;

  /** @param parts undefined where the station told no list. @param offset of the first byte that will be taken. */
  constructor(parts: PartCheck | undefined, offset: number) {
    this.#parts = parts;
    this.#whole = offset === 0 ? createHash('sha256') : undefined;
  }

  take(bytes: Uint8Array): void {
    this.#whole?.update(bytes);
    this.#waiting.push(bytes);
  }

  /** Of all that was taken, from the first byte of the packet on; undefined when parts were asked for. Ends the taking. */
  digest(): string | undefined {
    return this.#whole?.digest('hex');
  }

  /** Where the first part that is not as announced begins; undefined as long as all whole ones are. */
  badFrom(): number | undefined {
    this.#whole = undefined;
    for (const bytes of this.#waiting) this.#badFrom ??= this.#parts?.take(bytes);
    this.#waiting = [];
    return this.#badFrom;
  }
}

/**
 * Checks what is there already.
 * @param from a part begins there
 * @param chunks the bytes from there on
 * @returns the check, ready for the byte behind them, and where the first bad part begins, if a whole one was bad.
 */
export async function checkKept(
  list: PartList,
  from: number,
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly check: PartCheck; readonly badFrom: number | undefined }> {
  const check = new PartCheck(list, from);
  for await (const chunk of chunks) {
    const badFrom = check.take(chunk);
    if (badFrom !== undefined) return { check, badFrom };
  }
  return { check, badFrom: undefined };
}
