import { describe, expect, it } from 'vitest';
import { newSigningKeyPair, publicKeyOf } from '../crypto/keys.ts';
import { MAX_PACKET_BYTES } from '../packet/format.ts';
import { isSignedBy, type Manifest, manifestSchema, signManifest } from './manifest.ts';
import { at, manifestBody, operatorKey, otherRid, rid, station, stationKey, supervisorKey } from './schemas.fixture.ts';

const signed = signManifest(manifestBody, [
  { role: 'station', signer: station, key: stationKey },
  { role: 'operator', signer: 'amina', key: operatorKey },
  { role: 'supervisor', signer: 'yusuf', key: supervisorKey },
]);

const roles = [
  ['station', station, stationKey],
  ['operator', 'amina', operatorKey],
  ['supervisor', 'yusuf', supervisorKey],
] as const;

describe.each(roles)('the signature of the %s', (role, signer, key) => {
  it('verifies for who gave it, with the key that gave it', () => {
    expect(isSignedBy(signed, role, signer, publicKeyOf(key))).toBe(true);
    expect(isSignedBy(signed, role, 'someone', publicKeyOf(key))).toBe(false);
    expect(isSignedBy(signed, role, signer, publicKeyOf(newSigningKeyPair()))).toBe(false);
  });

  it('is broken by a change of any field', () => {
    const changes: Partial<Manifest>[] = [
      { rid: otherRid },
      { process: 'UPDATE' },
      { station: '1000110078' },
      { operator: 'someone' },
      { createdAt: '2026-03-01T10:00:01.000Z' },
      { packet: { ...manifestBody.packet, digest: 'b'.repeat(64) } },
      { packet: { ...manifestBody.packet, bytes: 1001 } },
      { packet: { ...manifestBody.packet, keyId: '0'.repeat(16) } },
      { priority: 'urgent' },
      { corrects: otherRid },
    ];
    for (const change of changes) {
      expect(isSignedBy({ ...signed, ...change }, role, signer, publicKeyOf(key)), JSON.stringify(change)).toBe(false);
    }
  });

  it('does not stand for another role', () => {
    for (const [other] of roles.filter(([one]) => one !== role)) {
      const signatures = signed.signatures.map((one) => (one.role === role ? { ...one, role: other } : one));
      const swapped = { ...signed, signatures: signatures.filter((one) => one.signer === signer) };
      expect(isSignedBy(swapped, other, signer, publicKeyOf(key))).toBe(false);
    }
  });

  it('does not stand under another name', () => {
    const signatures = signed.signatures.map((one) => (one.role === role ? { ...one, signer: 'someone' } : one));
    expect(isSignedBy({ ...signed, signatures }, role, 'someone', publicKeyOf(key))).toBe(false);
  });
});

describe('a manifest', () => {
  it('does not depend on the order in which its fields are written', () => {
    const reversed = Object.fromEntries(Object.entries(signed).reverse());
    expect(isSignedBy(manifestSchema.parse(reversed), 'station', station, publicKeyOf(stationKey))).toBe(true);
  });

  it('names what it corrects when it is a correction, and only then', () => {
    expect(manifestSchema.safeParse({ ...signed, process: 'CORRECTION' }).success).toBe(false);
    expect(manifestSchema.safeParse({ ...signed, corrects: otherRid }).success).toBe(false);
    expect(manifestSchema.safeParse({ ...signed, process: 'CORRECTION', corrects: otherRid }).success).toBe(true);
    expect(manifestSchema.safeParse({ ...signed, process: 'CORRECTION', corrects: 'x' }).success).toBe(false);
  });

  it('is refused with values that can not be', () => {
    const changes: object[] = [
      { rid: rid.slice(1) },
      { rid: `${rid.slice(0, 15)}20260230100000` },
      { createdAt: at.replace('Z', '+03:00') },
      { createdAt: 'yesterday' },
      { packet: { ...manifestBody.packet, bytes: 0 } },
      { packet: { ...manifestBody.packet, bytes: MAX_PACKET_BYTES + 1 } },
      { packet: { ...manifestBody.packet, digest: 'A'.repeat(64) } },
      { process: 'OTHER' },
      { priority: 'low' },
      { signatures: [] },
      { signatures: [...signed.signatures, signed.signatures[0]] },
    ];
    for (const change of changes) {
      expect(manifestSchema.safeParse({ ...signed, ...change }).success, JSON.stringify(change)).toBe(false);
    }
  });
});
