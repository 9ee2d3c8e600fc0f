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
