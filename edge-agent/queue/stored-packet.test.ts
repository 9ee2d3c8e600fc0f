import { randomBytes } from 'node:crypto';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testItem } from './queue.fixture.ts';
import { decodeStored, encodeStored } from './stored-packet.ts';

const packet = randomBytes(400);
const facts = { digest: sha256Hex(packet), bytes: packet.byteLength, keyId: '0123456789abcdef' };
const { manifest } = testItem(1, { packet: facts });
const stored = encodeStored({ manifest, packet });

describe('a packet as it is stored', () => {
  it('is read back as it was written', () => {
    expect(decodeStored(stored)).toEqual({ manifest, packet });
  });

  it('is refused when any one byte of it was changed, but for the text of the manifest, which is signed', () => {
    const manifestEnd = stored.byteLength - packet.byteLength;
    fc.assert(
      fc.property(fc.nat(stored.byteLength - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(stored);
        changed.writeUInt8(changed.readUInt8(at) ^ flip, at);
        const isManifest = at >= 8 && at < manifestEnd;
        try {
          const read = decodeStored(changed);
          expect(isManifest).toBe(true);
          expect(read.manifest).not.toEqual(manifest);
          expect(read.packet).toEqual(packet);
        } catch (error) {
          expect(error).toBeInstanceOf(EnrouteError);
          expect(error).toMatchObject({ code: 'ENR-STN-003' });
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused when it was cut anywhere, or anything was put behind it', () => {
    for (let length = 0; length < stored.byteLength; length += 1) {
      expect(() => decodeStored(stored.subarray(0, length)), String(length)).toThrow(EnrouteError);
    }
    expect(() => decodeStored(Buffer.concat([stored, Buffer.of(0)]))).toThrow(/length/);
  });
});
