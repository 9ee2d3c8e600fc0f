/**
 * Signatures over JSON: Ed25519 over a purpose and the canonical form (RFC 8785) of the body. The purpose keeps a
 * signature that was given for one kind of statement from being shown as another.
 */
import canonicalize from 'canonicalize';
import { fromBase64Url, toBase64Url } from './encoding.ts';
import type { KeyPair, PublicKey } from './keys.ts';
import { sodium } from './sodium.ts';

export type Purpose =
  | 'manifest'
  | 'receipt'
  | 'result'
  | 'task'
  | 'master'
  | 'core-word'
  | 'rejection'
  | 'courier'
  | 'audit'
  | 'station-enrolment'
  | 'station-enrolled'
  | 'station-keys'
  | 'station-keys-taken'
  | 'core-succession';

/** 64 bytes in base64url. */
export type Signature = string;

/** What is signed, as bytes. */
export function statement(purpose: Purpose, body: object): Uint8Array {
  const json = canonicalize(body);
  if (json === undefined) throw new TypeError('A signed statement must be a JSON object.');
  return new TextEncoder().encode(`enroute ${purpose} v1\n${json}`);
}

export function sign(purpose: Purpose, body: object, signer: KeyPair): Signature {
  return toBase64Url(sodium.crypto_sign_detached(statement(purpose, body), signer.secretKey));
}

export function verifySignature(purpose: Purpose, body: object, signature: Signature, signer: PublicKey): boolean {
  try {
    return sodium.crypto_sign_verify_detached(
      fromBase64Url(signature),
      statement(purpose, body),
      fromBase64Url(signer.key),
    );
  } catch {
    // libsodium throws on a signature or key of the wrong length: not a valid signature either.
    return false;
  }
}
