/** Small secrets for one reader: anonymous X25519 boxes (libsodium `crypto_box_seal`). */
import { fromBase64Url, toBase64Url } from './encoding.ts';
import type { KeyPair, PublicKey } from './keys.ts';
import { sodium } from './sodium.ts';

export function sealFor(reader: PublicKey, message: Uint8Array): string {
  return toBase64Url(sodium.crypto_box_seal(message, fromBase64Url(reader.key)));
}

/** @returns undefined when the box was not sealed for this key or was changed. */
export function openSealed(reader: KeyPair, box: string): Uint8Array | undefined {
  try {
    return sodium.crypto_box_seal_open(fromBase64Url(box), reader.publicKey, reader.secretKey);
  } catch {
    return undefined;
  }
}
