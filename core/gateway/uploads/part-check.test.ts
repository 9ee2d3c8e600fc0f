import { randomBytes } from 'node:crypto';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { partDigests } from '@enroute/sync/upload/parts.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrivalCheck, beginOfPart, PartCheck, type PartList, partListOf } from './part-check.ts';

const PART_BYTES = 64 * 1024;
const packet = randomBytes(3 * PART_BYTES + 1_000);

function listOf(bytes: Uint8Array): PartList {
  const list = partListOf(partDigests(bytes), bytes.byteLength);
  if (!list) throw new Error('no list');
  return list;
}

/** Feeds bytes in pieces. @returns what the first piece that holds the end of a bad part says. */
function firstBad(bytes: Uint8Array, pieces: readonly number[], from = 0): number | undefined {
  const check = new PartCheck(listOf(packet), from);
  let at = from;
  for (let turn = 0; at < bytes.byteLength; turn += 1) {
    const length = pieces[turn % pieces.length] ?? 1;
    const bad = check.take(bytes.subarray(at, at + length));
    if (bad !== undefined) return bad;
    at += length;
  }
  return undefined;
}

const pieces = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 5 });

describe('the check of an upload', () => {
  it('is content with the bytes that were announced, in whatever pieces they come', () => {
    fc.assert(
      fc.property(pieces, (lengths) => firstBad(packet, lengths) === undefined),
      { numRuns: 50 },
    );
  });

  it('names the part in which a byte differs, wherever that byte is and in whatever pieces they come', () => {
    fc.assert(
      fc.property(pieces, fc.nat(packet.byteLength - 1), (lengths, at) => {
        const spoilt = Uint8Array.from(packet);
        spoilt[at] = 255 - (spoilt[at] ?? 0);
        return firstBad(spoilt, lengths) === beginOfPart(listOf(packet), at);
      }),
      { numRuns: 50 },
    );
  });

  it('can begin with any part, and says nothing of one that is not whole', () => {
    expect(firstBad(packet, [5_000], 2 * PART_BYTES)).toBeUndefined();
    const check = new PartCheck(listOf(packet), 0);
    expect(check.take(Buffer.alloc(PART_BYTES - 1))).toBeUndefined();
    expect(check.take(Buffer.alloc(1))).toBe(0);
  });

  it('says nothing of bytes behind the end', () => {
    const check = new PartCheck(listOf(packet), 0);
    expect(check.take(packet)).toBeUndefined();
    expect(check.take(Buffer.alloc(10))).toBeUndefined();
  });
});

describe('what arrives', () => {
  const spoilt = Uint8Array.from(packet);
  spoilt[PART_BYTES] = 255 - (spoilt[PART_BYTES] ?? 0);
  const arrived = (bytes: Uint8Array, from = 0): ArrivalCheck => {
    const check = new ArrivalCheck(new PartCheck(listOf(packet), from), from);
    for (let at = from; at < bytes.byteLength; at += 50_000) check.take(bytes.subarray(at, at + 50_000));
    return check;
  };

  it('is hashed as one, when it came from the first byte on and nobody asked for its parts', () => {
    expect(arrived(packet).digest()).toBe(sha256Hex(packet));
    expect(arrived(packet, PART_BYTES).digest()).toBeUndefined();
    const asked = arrived(packet);
    expect(asked.badFrom()).toBeUndefined();
    expect(asked.digest()).toBeUndefined();
  });

  it('is looked at part by part when somebody asks, with all that came before', () => {
    const check = arrived(spoilt);
    expect(check.badFrom()).toBe(PART_BYTES);
    check.take(Buffer.alloc(10));
    expect(check.badFrom()).toBe(PART_BYTES);
  });
});

describe('a list of parts', () => {
  it('belongs to a packet of one size', () => {
    expect(partListOf(partDigests(packet), packet.byteLength)?.digests).toHaveLength(4);
    expect(partListOf(partDigests(packet), 3 * PART_BYTES)).toBeUndefined();
    expect(partListOf(`${partDigests(packet).slice(1)}!`, packet.byteLength)).toBeUndefined();
  });
});
