/**
 * The parts of a packet. The station tells the digest of each part when it creates an upload, so the core finds a damaged
 * part as soon as that part is whole, and only what follows the last good one is sent again. The whole packet's
 * digest stays what decides: the short digests here find damage of the way, they don't resist an attacker.
 */
import { createHash } from 'node:crypto';

const SMALLEST_PART_BYTES = 64 * 1024;
const PART_STEP_BYTES = 4 * 1024;
/** So that the list of digests stays a header that every proxy lets through. */
const MAX_PARTS = 256;

const DIGEST_BYTES = 8;
/** Eight bytes in base64url, without padding. */
const DIGEST_CHARACTERS = 11;

/** @returns how long each part of a packet is, but the last, which ends with the packet. */
export function partBytesOf(totalBytes: number): number {
  const evenBytes = Math.ceil(totalBytes / MAX_PARTS);
  return Math.max(SMALLEST_PART_BYTES, Math.ceil(evenBytes / PART_STEP_BYTES) * PART_STEP_BYTES);
}

/** @returns how many parts a packet of so many bytes has. */
export function partCountOf(totalBytes: number): number {
  return Math.ceil(totalBytes / partBytesOf(totalBytes));
}

/** The digests of a packet's parts, each 11 characters of base64url, one behind the other: the metadata `parts`. */
export function partDigests(bytes: Uint8Array): string {
  const partBytes = partBytesOf(bytes.byteLength);
  let digests = '';
  for (let at = 0; at < bytes.byteLength; at += partBytes) {
    digests += shortDigest(
      createHash('sha256')
        .update(bytes.subarray(at, at + partBytes))
        .digest(),
    );
  }
  return digests;
}

/** @param sha256 of one part. @returns what the list says of that part. */
export function shortDigest(sha256: Uint8Array): string {
  return Buffer.from(sha256.buffer, sha256.byteOffset, DIGEST_BYTES).toString('base64url');
}

/**
 * Reads a list of digests that somebody sent.
 * @returns one digest for each part of a packet of so many bytes, to be compared with {@link shortDigest}; undefined when
 * the list has another number of parts, or is not as {@link partDigests} would have written it.
 */
export function readPartDigests(text: string, totalBytes: number): readonly string[] | undefined {
  if (text.length !== partCountOf(totalBytes) * DIGEST_CHARACTERS) return undefined;
  const digests: string[] = [];
  for (let at = 0; at < text.length; at += DIGEST_CHARACTERS) {
    const digest = text.slice(at, at + DIGEST_CHARACTERS);
    // Eleven characters hold two bits more than eight bytes: only what comes back the same names one digest.
    const bytes = Buffer.from(digest, 'base64url');
    if (bytes.byteLength !== DIGEST_BYTES || bytes.toString('base64url') !== digest) return undefined;
    digests.push(digest);
  }
  return digests;
}
