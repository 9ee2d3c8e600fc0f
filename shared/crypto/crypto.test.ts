import { describe, expect, it } from 'vitest';
import {
  keyPairSchema,
  keyPairToJson,
  newSealingKeyPair,
  newSigningKeyPair,
  publicKeyOf,
  publicKeySchema,
} from './keys.ts';
import { openSealed, sealFor } from './sealed-box.ts';
import { sign, verifySignature } from './signature.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('signatures over JSON', () => {
  const signer = newSigningKeyPair();

  it('verify whatever the order of the properties', () => {
    const signature = sign('receipt', { a: 1, b: { c: 'ä', d: [1, 2] } }, signer);
    expect(verifySignature('receipt', { b: { d: [1, 2], c: 'ä' }, a: 1 }, signature, publicKeyOf(signer))).toBe(true);
  });

  it('do not verify for another body, purpose, key or a broken signature', () => {
    const signature = sign('receipt', { a: 1 }, signer);
    const key = publicKeyOf(signer);
    expect(verifySignature('receipt', { a: 2 }, signature, key)).toBe(false);
    expect(verifySignature('result', { a: 1 }, signature, key)).toBe(false);
    expect(verifySignature('receipt', { a: 1 }, signature, publicKeyOf(newSigningKeyPair()))).toBe(false);
    expect(verifySignature('receipt', { a: 1 }, signature.slice(4), key)).toBe(false);
    expect(verifySignature('receipt', { a: 1 }, 'not base64 at all', key)).toBe(false);
  });
});

describe('a sealed box', () => {
  it('opens for its reader only', () => {
    const [reader, other] = [newSealingKeyPair(), newSealingKeyPair()];
    const box = sealFor(publicKeyOf(reader), bytes('4 digits'));
    expect(openSealed(reader, box)).toEqual(bytes('4 digits'));
    expect(openSealed(other, box)).toBeUndefined();
    expect(openSealed(reader, `${box.slice(0, -2)}AA`)).toBeUndefined();
    expect(openSealed(reader, '')).toBeUndefined();
  });
});

describe('keys', () => {
  it('survive the way through JSON', () => {
    const pair = newSigningKeyPair();
    expect(keyPairSchema.parse(JSON.parse(JSON.stringify(keyPairToJson(pair))))).toEqual(pair);
  });

  it('are refused under a name that is not their own', () => {
    const [one, two] = [publicKeyOf(newSigningKeyPair()), publicKeyOf(newSigningKeyPair())];
    expect(publicKeySchema.safeParse(one).success).toBe(true);
    expect(publicKeySchema.safeParse({ ...one, keyId: two.keyId }).success).toBe(false);
  });
});
