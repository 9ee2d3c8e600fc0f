/**
 * Proof that somebody holds the secret half of an X25519 key, to one verifier, in one message: such keys can't sign, but
 * an authenticated box (libsodium `crypto_box`) opens only when one of the two secret halves made it. The verifier is
 * known by its Ed25519 key, whose X25519 form libsodium derives; so a proof needs no question first, and shown to anybody
 * else it proves nothing.
 */
import { sha256Hex } from './digest.ts';
import { fromBase64Url, toBase64Url } from './encoding.ts';
import type { KeyPair, PublicKey } from './keys.ts';
import { type Purpose, statement } from './signature.ts';
import { sodium } from './sodium.ts';

const NONCE_BYTES = sodium.crypto_box_NONCEBYTES;
/** Nonce, authenticator, and the digest of the statement in hex, in base64url. */
export const POSSESSION_CHARACTERS = Math.ceil(((NONCE_BYTES + sodium.crypto_box_MACBYTES + 64) * 4) / 3);

/**
 * @param holder whose sealing key it is that is proven
 * @param verifier the signing key of whoever is to believe it
 */
export function provePossession(purpose: Purpose, body: object, holder: KeyPair, verifier: PublicKey): string {
  const nonce = sodium.randombytes_buf(NONCE_BYTES);
  const reader = sodium.crypto_sign_ed25519_pk_to_curve25519(fromBase64Url(verifier.key));
  const box = sodium.crypto_box_easy(digestOf(purpose, body), nonce, reader, holder.secretKey);
  return toBase64Url(new Uint8Array([...nonce, ...box]));
}

export function verifyPossession(
  purpose: Purpose,
  body: object,
  proof: string,
  holder: PublicKey,
  verifier: KeyPair,
): boolean {
  try {
    const bytes = fromBase64Url(proof);
    const [nonce, box] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES)];
    const secret = sodium.crypto_sign_ed25519_sk_to_curve25519(verifier.secretKey);
    const opened = sodium.crypto_box_open_easy(box, nonce, fromBase64Url(holder.key), secret);
    return sodium.memcmp(opened, digestOf(purpose, body));
  } catch {
    // libsodium throws on what was not made with this key, and on what has the wrong length.
    return false;
  }
}

function digestOf(purpose: Purpose, body: object): Uint8Array {
  return new TextEncoder().encode(sha256Hex(statement(purpose, body)));
}
