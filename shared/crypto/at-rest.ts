/** Records at rest: XChaCha20-Poly1305 under a key of the core's, bound to the place where the record stands. */
import { fromBase64Url, toBase64Url } from './encoding.ts';
import { sodium } from './sodium.ts';

const NONCE_BYTES = 24;

/** @param place what the record is and where it stands; it can't be moved to another place unnoticed. */
export function encryptAtRest(value: unknown, place: string, key: Uint8Array): string {
  const nonce = sodium.randombytes_buf(NONCE_BYTES);
  const box = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(JSON.stringify(value), place, null, nonce, key);
  return toBase64Url(Buffer.concat([nonce, box]));
}

/** @returns undefined when the record was changed, stands elsewhere, or is under another key. */
export function decryptAtRest(text: string, place: string, key: Uint8Array): unknown {
  const bytes = fromBase64Url(text);
  const nonce = bytes.subarray(0, NONCE_BYTES);
  try {
    const box = bytes.subarray(NONCE_BYTES);
    const plain = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, box, place, nonce, key);
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    return undefined;
  }
}
