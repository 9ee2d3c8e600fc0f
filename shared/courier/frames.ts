/**
 * The frames of a courier bundle: 64 KiB of plaintext each, sealed one by one with XChaCha20-Poly1305 under the file's own
 * key. The nonce is the frame's place in the file and the prefix's digest is additional data: a frame opens in its own
 * place of its own file and nowhere else.
 *
 * ```
 * offset  size    what (plaintext)
 * 0       1       flags; 1: the last frame of the file
 * 1       1       reserved, 0
 * 2       2       F: where in the payload the first record begins, big-endian; 65 535 when none does
 * 4       65 532  payload: a piece of the stream of records (`records.ts`)
 * ```
 * By F whoever lost a frame finds the next whole record.
 */
import { sodium } from '../crypto/sodium.ts';
import { BUNDLE_PREFIX_BYTES, type BundleStream } from './format.ts';

const FRAME_PLAIN_BYTES = 64 * 1024;
const HEAD_BYTES = 4;
const TAG_BYTES = 16;
const NONCE_BYTES = 24;
const LAST = 1;
const NO_RECORD = 0xffff;

export const FRAME_BYTES = FRAME_PLAIN_BYTES + TAG_BYTES;
export const PAYLOAD_BYTES = FRAME_PLAIN_BYTES - HEAD_BYTES;

export interface Frame {
  /** Exactly `PAYLOAD_BYTES`. */
  readonly payload: Uint8Array;
  /** Where the first record begins in the payload; undefined when none does. */
  readonly firstRecordAt: number | undefined;
  readonly isLast: boolean;
}

export function frameOffset(index: number): number {
  return BUNDLE_PREFIX_BYTES + index * FRAME_BYTES;
}

/** Size of a file whose entries have so many bytes, headers included. */
export function bundleFileBytes(entriesBytes: number): number {
  return frameOffset(1 + Math.max(1, Math.ceil(entriesBytes / PAYLOAD_BYTES)));
}

/** A frame of one file and place is sealed once: a second one would repeat a nonce. */
export function sealFrame(frame: Frame, index: number, { key, binding }: BundleStream): Uint8Array {
  if (frame.payload.byteLength !== PAYLOAD_BYTES) throw new RangeError('A frame has a whole payload.');
  const plain = Buffer.alloc(FRAME_PLAIN_BYTES);
  plain.writeUInt8(frame.isLast ? LAST : 0, 0);
  plain.writeUInt16BE(frame.firstRecordAt ?? NO_RECORD, 2);
  plain.set(frame.payload, HEAD_BYTES);
  return sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, binding, null, nonceOf(index), key);
}

/** @returns undefined when it was changed, was cut off, or stands in another place or file than it was sealed for. */
export function openFrame(bytes: Uint8Array, index: number, { key, binding }: BundleStream): Frame | undefined {
  if (bytes.byteLength !== FRAME_BYTES) return undefined;
  const plain = opened(bytes, index, key, binding);
  if (!plain || plain.byteLength !== FRAME_PLAIN_BYTES) return undefined;
  const firstRecordAt = plain.readUInt16BE(2);
  if (plain.readUInt8(0) > LAST || plain.readUInt8(1) !== 0) return undefined;
  if (firstRecordAt !== NO_RECORD && firstRecordAt >= PAYLOAD_BYTES) return undefined;
  return {
    payload: plain.subarray(HEAD_BYTES),
    firstRecordAt: firstRecordAt === NO_RECORD ? undefined : firstRecordAt,
    isLast: plain.readUInt8(0) === LAST,
  };
}

function opened(bytes: Uint8Array, index: number, key: Uint8Array, binding: Uint8Array): Buffer | undefined {
  try {
    const plain = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, bytes, binding, nonceOf(index), key);
    return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
  } catch {
    return undefined;
  }
}

function nonceOf(index: number): Uint8Array {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUIntBE(index, NONCE_BYTES - 6, 6);
  return nonce;
}
