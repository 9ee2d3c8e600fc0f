import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partBytesOf, partCountOf, partDigests, readPartDigests, shortDigest } from './parts.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('the parts of a packet', () => {
  it('are 64 KiB long as long as there are at most 256 of them, and then as long as they must be', () => {
    expect(partBytesOf(1)).toBe(64 * KIB);
    expect(partBytesOf(16 * MIB)).toBe(64 * KIB);
    expect(partBytesOf(16 * MIB + 1)).toBe(68 * KIB);
    expect(partBytesOf(64 * MIB)).toBe(256 * KIB);
  });

  it('are the fewest bytes in steps of 4 KiB that make at most 256, for every size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (totalBytes) => {
        const partBytes = partBytesOf(totalBytes);
        const shorter = partBytes - 4 * KIB;
        return (
          partBytes % (4 * KIB) === 0 &&
          partCountOf(totalBytes) <= 256 &&
          (partBytes === 64 * KIB || Math.ceil(totalBytes / shorter) > 256)
        );
      }),
    );
  });
});

describe('the list of digests', () => {
  const bytes = randomBytes(200 * KIB);
  const digests = partDigests(bytes);

  it('holds the first eight bytes of the SHA-256 of each part', () => {
    const read = readPartDigests(digests, bytes.byteLength);
    expect(read).toHaveLength(4);
    const last = createHash('sha256')
      .update(bytes.subarray(192 * KIB))
      .digest();
    expect(read?.[3]).toBe(last.subarray(0, 8).toString('base64url'));
    expect(read?.[3]).toBe(shortDigest(last));
  });

  it('tells a changed byte by its part', () => {
    const damaged = Buffer.from(bytes);
    damaged[130 * KIB] = 255 - (bytes[130 * KIB] ?? 0);
    const read = readPartDigests(partDigests(damaged), bytes.byteLength) ?? [];
    expect(read.map((digest, part) => digest === readPartDigests(digests, bytes.byteLength)?.[part])).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });

  it.each([
    ['nothing', ''],
    ['one part fewer', digests.slice(11)],
    ['one character more', `${digests}A`],
    ['a character of another alphabet', `+${digests.slice(1)}`],
    ['padding', `${digests.slice(0, 10)}=${digests.slice(11)}`],
    ['bits behind the eighth byte', `AAAAAAAAAAB${digests.slice(11)}`],
    ['the digests of a longer packet', partDigests(randomBytes(300 * KIB))],
  ])('is not read when it is %s', (_what, text) => {
    expect(readPartDigests(text, bytes.byteLength)).toBeUndefined();
  });

  it('reads back what was written for any packet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 * KIB }), (packet) => {
        const read = readPartDigests(partDigests(packet), packet.byteLength);
        return read?.join('') === partDigests(packet) && read.length === partCountOf(packet.byteLength);
      }),
      { numRuns: 20 },
    );
  });
});
