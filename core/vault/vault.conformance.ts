/** The suite that every vault passes. */
import { createHash, randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sourceOfBytes } from './packet-source.ts';
import { type PacketSource, requireDigest, type Vault } from './vault.ts';

export interface VaultHarness {
  /** A vault over nothing; opened again by `reopen`, over the same place. */
  open(): Promise<OpenedVault>;
}

export interface OpenedVault {
  readonly vault: Vault;
  reopen(): Vault;
  /** Changes one byte of what is kept of a packet, behind the vault's back. */
  rot(digest: string): Promise<void>;
  /** Leaves two files or documents of a publication that never came to its end. */
  interrupt(): Promise<void>;
  /** How many files or documents there are, of whatever. */
  things(): Promise<number>;
  dispose(): Promise<void>;
}

const MIB = 1024 * 1024;
/** Two parts and a little, where a vault makes parts of a packet. */
const SEVERAL_PARTS = 2 * MIB + 1;
/** A few parts or pieces; none of them is larger than 1 MiB. */
const MOST_HELD_BYTES = 6 * MIB;
const PIECE_BYTES = 64 * 1024;
/** A look takes a while, and so many of 16 MiB are enough to see that they gather. */
const LOOK_BYTES = 4 * MIB;
const LOOK_PIECES = LOOK_BYTES / PIECE_BYTES;
const HOSTILE = [
  '',
  '..',
  '../../etc/passwd',
  'a'.repeat(63),
  'A'.repeat(64),
  `${'a'.repeat(64)}:01`,
  `${'a'.repeat(60)}/../`,
  '_design/a',
  `\u0000${'a'.repeat(63)}`,
];

export function newPacket(bytes = 1_000): { readonly bytes: Buffer; readonly digest: string } {
  const content = randomBytes(bytes);
  return { bytes: content, digest: sha256Hex(content) };
}

export async function allOf<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

export async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

/** A source that gives so many pieces and then fails. */
function failingAfter(bytes: Uint8Array, pieces: number): PacketSource {
  return {
    bytes: bytes.byteLength,
    chunks: async function* chunks() {
      let given = 0;
      for await (const chunk of sourceOfBytes(bytes).chunks()) {
        if (given === pieces) throw new Error('the source broke off');
        given += 1;
        yield chunk;
      }
    },
  };
}

export function vaultConformance(harness: VaultHarness): void {
  let opened: OpenedVault;
  beforeAll(async () => {
    opened = await harness.open();
  });
  afterAll(() => opened.dispose());
  const published = async (bytes?: number) => {
    const packet = newPacket(bytes);
    await opened.vault.publish(sourceOfBytes(packet.bytes), packet.digest);
    return packet;
  };

  describe('a packet', () => {
    test.each([0, 1, 1_000, MIB - 1, MIB, MIB + 1, 2 * MIB, SEVERAL_PARTS])(
      'of %d bytes is given back, whole and in pieces',
      async (size) => {
        const { bytes, digest } = await published(size);
        expect(await opened.vault.has(digest)).toBe(true);
        expect(Buffer.from(await opened.vault.read(digest)).equals(bytes)).toBe(true);
        expect((await gathered(opened.vault.open(digest))).equals(bytes)).toBe(true);
      },
    );

    test('is not hashed again where that was done a moment ago; what was told of other bytes is refused', async () => {
      const { bytes, digest } = newPacket();
      const things = await opened.things();
      const told = { ...sourceOfBytes(bytes), digest: newPacket().digest };
      await expect(opened.vault.publish(told, digest)).rejects.toThrow('ENR-PKT-006');
      expect(await opened.things()).toBe(things);
      await opened.vault.publish({ ...told, digest }, digest);
      expect(Buffer.from(await opened.vault.read(digest))).toEqual(bytes);
    });

    test('is there when the vault is opened anew', async () => {
      const { bytes, digest } = await published();
      expect(Buffer.from(await opened.reopen().read(digest))).toEqual(bytes);
    });

    const sizes = [1_000, SEVERAL_PARTS];
    test.each(sizes)('that was published twice, or three times at once, is one packet (%d bytes)', async (size) => {
      const { bytes, digest } = await published(size);
      const things = await opened.things();
      await opened.vault.publish(sourceOfBytes(bytes), digest);
      await Promise.all([0, 1, 2].map(() => opened.reopen().publish(sourceOfBytes(bytes), digest)));
      expect(await opened.things()).toBe(things);
      expect(Buffer.from(await opened.vault.read(digest)).equals(bytes)).toBe(true);
    });

    test('of several parts, published by several at once, is whole', async () => {
      const { bytes, digest } = newPacket(SEVERAL_PARTS);
      await Promise.all([0, 1, 2].map(() => opened.reopen().publish(sourceOfBytes(bytes), digest)));
      expect(Buffer.from(await opened.vault.read(digest)).equals(bytes)).toBe(true);
    });

    test('that was never published is not there, and is told so', async () => {
      const { digest } = newPacket();
      expect(await opened.vault.has(digest)).toBe(false);
      await expect(opened.vault.read(digest)).rejects.toMatchObject({ code: 'ENR-VLT-001' });
      await expect(gathered(opened.vault.open(digest))).rejects.toMatchObject({ code: 'ENR-VLT-001' });
    });

    test('is among those that are held, and others are not', async () => {
      const [one, other, absent] = [await published(), await published(), newPacket()];
      const asked = [one.digest, absent.digest, other.digest, ...HOSTILE];
      expect(await opened.vault.held(asked)).toEqual(new Set([one.digest, other.digest]));
    });
  });

  describe('bytes that are not those of the digest', () => {
    const sizes = [1_000, SEVERAL_PARTS];
    test.each(sizes)('are refused, %d of them, and nothing is left of them', async (size) => {
      const things = await opened.things();
      const { digest } = newPacket();
      const other = newPacket(size);
      await expect(opened.vault.publish(sourceOfBytes(other.bytes), digest)).rejects.toMatchObject({
        code: 'ENR-PKT-006',
      });
      expect(await opened.vault.has(digest)).toBe(false);
      expect(await opened.vault.has(other.digest)).toBe(false);
      expect(await opened.things()).toBe(things);
    });

    test.each([0, 1, 8])('because the source broke off after %d pieces leave nothing to be seen', async (pieces) => {
      const { bytes, digest } = newPacket(SEVERAL_PARTS);
      await expect(opened.vault.publish(failingAfter(bytes, pieces), digest)).rejects.toThrow('the source broke off');
      expect(await opened.vault.has(digest)).toBe(false);
      await opened.vault.publish(sourceOfBytes(bytes), digest);
      expect(Buffer.from(await opened.vault.read(digest)).equals(bytes)).toBe(true);
    });

    test.each(sizes)('leave what is there as it is (%d bytes)', async (size) => {
      const { bytes, digest } = await published(size);
      const wrong = sourceOfBytes(newPacket(size).bytes);
      await expect(opened.vault.publish(wrong, digest)).rejects.toThrow('ENR-PKT-006');
      expect(Buffer.from(await opened.vault.read(digest)).equals(bytes)).toBe(true);
    });
  });

  describe('a packet that has rotted', () => {
    const sizes = [1_000, SEVERAL_PARTS];
    test.each(sizes)('is never read as if it were sound, nor opened to its end (%d bytes)', async (size) => {
      const { digest } = await published(size);
      await opened.rot(digest);
      await expect(opened.vault.read(digest)).rejects.toMatchObject({ code: 'ENR-PKT-006' });
      await expect(gathered(opened.vault.open(digest))).rejects.toMatchObject({ code: 'ENR-PKT-006' });
    });

    test.each(sizes)('is replaced when it is published again (%d bytes)', async (size) => {
      const { bytes, digest } = await published(size);
      await opened.rot(digest);
      await opened.vault.publish(sourceOfBytes(bytes), digest);
      expect(Buffer.from(await opened.vault.read(digest)).equals(bytes)).toBe(true);
    });

    test.each(sizes)('can be set aside: it is not there, and its bytes are not lost (%d)', async (size) => {
      const { bytes, digest } = await published(size);
      await opened.rot(digest);
      const things = await opened.things();
      expect(await opened.vault.setAside(digest)).toBe(true);
      expect(await opened.vault.has(digest)).toBe(false);
      expect(await opened.things()).toBe(things);
      expect(await opened.vault.setAside(digest)).toBe(false);
      expect(await opened.things()).toBe(things);
      await opened.vault.publish(sourceOfBytes(bytes), digest);
      expect(Buffer.from(await opened.vault.read(digest)).equals(bytes)).toBe(true);
    });
  });

  describe('a packet that is sound', () => {
    test('is not set aside: it was published again since somebody found that it had rotted', async () => {
      const { bytes, digest } = await published(SEVERAL_PARTS);
      const things = await opened.things();
      expect(await opened.vault.setAside(digest)).toBe(false);
      expect(Buffer.from(await opened.vault.read(digest)).equals(bytes)).toBe(true);
      expect(await opened.things()).toBe(things);
    });

    test.each([
      [1_000, 10],
      [SEVERAL_PARTS, 2],
    ])('is there after it was published, whoever sets it aside meanwhile (%d bytes)', async (size, rounds) => {
      const { bytes, digest } = await published(size);
      for (let round = 0; round < rounds; round += 1) {
        await opened.rot(digest);
        await Promise.all([
          opened.vault.setAside(digest),
          opened.vault.publish(sourceOfBytes(bytes), digest),
          opened.reopen().setAside(digest),
        ]);
        expect(Buffer.from(await opened.vault.read(digest)).equals(bytes)).toBe(true);
      }
    });
  });

  describe('a name that is no digest', () => {
    test.each(HOSTILE)('is refused: %j', async (hostile) => {
      const things = await opened.things();
      await expect(opened.vault.publish(sourceOfBytes(Buffer.alloc(1)), hostile)).rejects.toThrow('ENR-PKT-006');
      expect(() => requireDigest(hostile)).toThrow('ENR-PKT-006');
      expect(await opened.vault.has(hostile)).toBe(false);
      await expect(opened.vault.read(hostile)).rejects.toMatchObject({ code: 'ENR-VLT-001' });
      await expect(gathered(opened.vault.open(hostile))).rejects.toMatchObject({ code: 'ENR-VLT-001' });
      await opened.vault.setAside(hostile);
      expect(await opened.things()).toBe(things);
    });
  });

  describe('the list of all', () => {
    test('has every packet once, in order, and goes on behind one', async () => {
      const fresh = await harness.open();
      try {
        const packets = [];
        for (let n = 0; n < 40; n += 1) packets.push(newPacket(n === 7 ? 2 * MIB : 10));
        for (const { bytes, digest } of packets) await fresh.vault.publish(sourceOfBytes(bytes), digest);
        const [aside] = packets.splice(3, 1);
        await fresh.rot(aside?.digest ?? '');
        await fresh.vault.setAside(aside?.digest ?? '');
        const all = packets.map(({ digest }) => digest).sort();
        const listed = (after?: string) => allOf(fresh.vault.digests(after));
        expect(await listed()).toEqual(all);
        expect(await listed(all[20])).toEqual(all.slice(21));
        expect(await listed(all.at(-1))).toEqual([]);
      } finally {
        await fresh.dispose();
      }
    });
  });

  describe('what an interrupted publication has left', () => {
    test('is cleared away when it is old, and nothing else is', async () => {
      const earlier = new Date(Date.now() - 60_000);
      const later = new Date(Date.now() + 60_000);
      await opened.vault.clearUnfinished(later);
      const { bytes, digest } = await published(SEVERAL_PARTS);
      const things = await opened.things();
      await opened.interrupt();
      expect(await opened.things()).toBe(things + 2);
      expect(await opened.vault.clearUnfinished(earlier)).toBe(0);
      expect(await opened.vault.clearUnfinished(later)).toBe(2);
      expect(await opened.vault.clearUnfinished(later)).toBe(0);
      expect(await opened.things()).toBe(things);
      expect(Buffer.from(await opened.vault.read(digest)).equals(bytes)).toBe(true);
    });
  });

  describe('a packet of 16 MiB', () => {
    test('goes in and comes out in pieces, and never lies in memory as a whole', async () => {
      const piece = randomBytes(PIECE_BYTES);
      const pieces = (16 * MIB) / PIECE_BYTES;
      const hash = createHash('sha256');
      for (let n = 0; n < pieces; n += 1) hash.update(piece);
      const digest = hash.digest('hex');
      const memory = new HeldMemory();
      const source: PacketSource = {
        bytes: pieces * piece.byteLength,
        chunks: async function* chunks() {
          for (let n = 0; n < pieces; n += 1) {
            yield Buffer.from(piece);
            if ((n + 1) % LOOK_PIECES === 0) memory.look();
          }
        },
      };
      await opened.vault.publish(source, digest);
      let takenBytes = 0;
      for await (const taken of opened.vault.open(digest)) {
        const before = Math.floor(takenBytes / LOOK_BYTES);
        takenBytes += taken.byteLength;
        if (Math.floor(takenBytes / LOOK_BYTES) > before) memory.look();
      }
      expect(takenBytes).toBe(16 * MIB);
      expect(memory.peakBytes).toBeLessThan(MOST_HELD_BYTES);
    });
  });
}

/** Bytes outside of the heap that are held, after everything that nobody holds has gone. */
class HeldMemory {
  readonly #collect = collector();
  readonly #beforeBytes = this.#held();
  peakBytes = 0;

  look(): void {
    this.peakBytes = Math.max(this.peakBytes, this.#held() - this.#beforeBytes);
  }

  #held(): number {
    // What the first pass has found to be free is counted only after the second.
    this.#collect();
    this.#collect();
    return process.memoryUsage().arrayBuffers;
  }
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
