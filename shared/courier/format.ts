/**
 * Courier bundle format v1, byte for byte. The specification for people is `docs/courier.md`.
 *
 * ```
 * offset  size    what
 * 0       4       "ENRB"
 * 4       1       format version, 1
 * 5       3       reserved, 0
 * 8       8       id of the receiver's sealing key
 * 16      80      the file's own key (32 bytes), sealed for that key
 * 96      65 552  frame 0: the sender's statement
 * …       65 552  frame 1 and on: the entries
 * ```
 * Nothing else stands in clear, and every frame has the same size, so a file tells its receiver's key and, in steps of
 * 64 KiB, how much it holds. The frames do not depend on each other (`frames.ts`): a bad spot on a stick costs the entries
 * that lie on it, and none of those behind it.
 */
import { sha256, sha256Hex } from '../crypto/digest.ts';
import { fromBase64Url, toBase64Url } from '../crypto/encoding.ts';
import type { KeyPair, PublicKey } from '../crypto/keys.ts';
import { openSealed, sealFor } from '../crypto/sealed-box.ts';
import { sodium } from '../crypto/sodium.ts';
import { EnrouteError } from '../status/enroute-error.ts';

const MAGIC = Buffer.from('ENRB');
const VERSION = 1;
const VERSION_AT = 4;
const KEY_ID_AT = 8;
const SEALED_KEY_AT = 16;

export const BUNDLE_PREFIX_BYTES = 96;

/** What the frames of one file are sealed with, and what they are bound to. */
export interface BundleStream {
  readonly key: Uint8Array;
  /** SHA-256 of the prefix: every frame carries it as additional data. */
  readonly binding: Uint8Array;
  /** The same in hex: by it the sender's statement names the file that it stands in. */
  readonly name: string;
}

/** A fresh key for one file, sealed for its reader. */
export function newBundleStream(reader: PublicKey): { readonly prefix: Uint8Array; readonly stream: BundleStream } {
  const key = sodium.crypto_aead_xchacha20poly1305_ietf_keygen();
  const prefix = Buffer.alloc(BUNDLE_PREFIX_BYTES);
  MAGIC.copy(prefix);
  prefix.writeUInt8(VERSION, VERSION_AT);
  prefix.write(reader.keyId, KEY_ID_AT, 'hex');
  prefix.set(fromBase64Url(sealFor(reader, key)), SEALED_KEY_AT);
  return { prefix, stream: streamOf(prefix, key) };
}

/** Id of the key that a file is sealed for, by its prefix; nothing of that was verified. */
export function bundleReader(prefix: Uint8Array): string {
  return Buffer.from(prefix.buffer, prefix.byteOffset, prefix.byteLength).toString('hex', KEY_ID_AT, SEALED_KEY_AT);
}

/**
 * @param prefix the first bytes of the file; too few are no bundle.
 * @throws EnrouteError ENR-CRR-001 or -002 when it is no bundle that this version reads, -003 when it is for another
 *   reader, -004 when the prefix is damaged.
 */
export function openBundleStream(prefix: Uint8Array, reader: KeyPair): BundleStream {
  const bytes = Buffer.from(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  if (bytes.byteLength < BUNDLE_PREFIX_BYTES || !bytes.subarray(0, MAGIC.byteLength).equals(MAGIC)) {
    throw new EnrouteError('ENR-CRR-001');
  }
  const version = bytes.readUInt8(VERSION_AT);
  if (version !== VERSION) throw new EnrouteError('ENR-CRR-002', `version ${version}`);
  if (bytes.readUIntBE(VERSION_AT + 1, 3) !== 0) throw new EnrouteError('ENR-CRR-004', 'prefix');
  if (bytes.toString('hex', KEY_ID_AT, SEALED_KEY_AT) !== reader.keyId) throw new EnrouteError('ENR-CRR-003');
  const key = openSealed(reader, toBase64Url(bytes.subarray(SEALED_KEY_AT, BUNDLE_PREFIX_BYTES)));
  if (!key) throw new EnrouteError('ENR-CRR-004', 'sealed key');
  return streamOf(bytes, key);
}

function streamOf(prefix: Uint8Array, key: Uint8Array): BundleStream {
  return { key, binding: sha256(prefix), name: sha256Hex(prefix) };
}
