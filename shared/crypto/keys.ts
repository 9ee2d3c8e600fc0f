/**
 * The two kinds of key pair and their names. Stations, operators, supervisors and the core sign with Ed25519; stations
 * and the core receive sealed bytes with X25519. A key is named by the first 16 hex digits of its public key's SHA-256.
 */
import { z } from 'zod';
import { sha256Hex } from './digest.ts';
import { fromBase64Url, toBase64Url } from './encoding.ts';
import { sodium } from './sodium.ts';

export interface KeyPair {
  readonly keyId: string;
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** A public key as it stands in documents. */
export interface PublicKey {
  readonly keyId: string;
  /** 32 bytes in base64url. */
  readonly key: string;
}

export const keyIdSchema = z.string().regex(/^[0-9a-f]{16}$/);

export const publicKeySchema = z
  .strictObject({ keyId: keyIdSchema, key: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })
  .refine(({ keyId, key }) => keyIdOf(fromBase64Url(key)) === keyId, 'the key id is not the key’s own');

export const keyPairSchema = z
  .strictObject({ publicKey: z.base64url(), secretKey: z.base64url() })
  .transform(({ publicKey, secretKey }) => keyPair(fromBase64Url(publicKey), fromBase64Url(secretKey)));

function keyIdOf(publicKey: Uint8Array): string {
  return sha256Hex(publicKey).slice(0, 16);
}

export function newSigningKeyPair(): KeyPair {
  const { publicKey, privateKey } = sodium.crypto_sign_keypair();
  return keyPair(publicKey, privateKey);
}

/** @param seed 32 bytes; whoever has them has the secret key */
export function signingKeyPairOf(seed: Uint8Array): KeyPair {
  const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed);
  return keyPair(publicKey, privateKey);
}

export function newSealingKeyPair(): KeyPair {
  const { publicKey, privateKey } = sodium.crypto_box_keypair();
  return keyPair(publicKey, privateKey);
}

export function publicKeyOf(pair: KeyPair): PublicKey {
  return { keyId: pair.keyId, key: toBase64Url(pair.publicKey) };
}

/** @param publicKey 32 bytes */
export function publicKeyOfBytes(publicKey: Uint8Array): PublicKey {
  return { keyId: keyIdOf(publicKey), key: toBase64Url(publicKey) };
}

/** A key pair as JSON, secret included: only ever written inside a protected key file. */
export function keyPairToJson(pair: KeyPair): z.input<typeof keyPairSchema> {
  return { publicKey: toBase64Url(pair.publicKey), secretKey: toBase64Url(pair.secretKey) };
}

function keyPair(publicKey: Uint8Array, secretKey: Uint8Array): KeyPair {
  return { keyId: keyIdOf(publicKey), publicKey, secretKey };
}
