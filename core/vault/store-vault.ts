/**
 * The vault in the core's store: a packet is one document, named by its digest, with the first part of its bytes beside
 * it, and for a large packet further ones that carry the rest:
 *
 * ```
 * <digest>                              { bytes, parts, publication, at }   the head; a packet is there when its head is
 * part:<digest>:<publication>:01 … :nn  { at }                              further parts, written before the head
 * rotten:<digest>:…                     what was set aside
 * ```
 *
 * So a packet of one part, which nearly every packet is, costs one write; and of a publication that was interrupted nobody
 * sees anything. A part belongs to one publication and is never written over: bytes that turn out to be others than those
 * of the digest touch nothing that is there. Parts that no head names are cleared away when they are old.
 */
import { randomBytes } from 'node:crypto';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { pages } from '../store/pages.ts';
import { type Database, type Doc, type Stored, StoreError } from '../store/store.ts';
import { partsOf } from './parts.ts';
import { isDigest, isSound, notHeld, requireDigest, soundPieces, type Vault, verified } from './vault.ts';

interface Part extends Doc {
  /** When it was written (ISO 8601). */
  readonly at: string;
}

interface Head extends Part {
  readonly bytes: number;
  readonly parts: number;
  /** Names the further parts. */
  readonly publication: string;
}

/**
 * As much as is in memory of a transfer a few times over. A quarter of what may lie beside a document: hardly any packet
 * is larger, and those that are cost a few requests more.
 */
const PART_BYTES = 1024 * 1024;
/** Digests are hexadecimal; everything else lies behind them. */
const EVERY_PACKET = { start: '0', end: 'g' } as const;
const EVERY_PART = { start: 'part:', end: 'part;' } as const;
const NAME_BYTES = 8;
/** Others write the same bytes at the same moment: more than so many do not. */
const MAX_TRIES = 5;

export function openStoreVault(database: Database, now: () => Date = () => new Date()): Vault {
  /** Writes what has a name of its own. */
  const create = async (doc: Doc, bytes: Uint8Array): Promise<Stored<Doc>> => {
    const result = await database.writeWithBytes(doc, bytes);
    if (result.ok) return { ...doc, _rev: result.rev };
    throw new StoreError(result.detail, { transient: result.reason === 'conflict' });
  };

  /** @returns whether the packet is read from this publication now; not when it is there already, and sound. */
  const giveName = async (head: Head, first: Uint8Array): Promise<boolean> => {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const there = tries > 0 ? await database.get<Head>(head._id) : undefined;
      if (there && (await isSound(vault, head._id))) return false;
      const result = await database.writeWithBytes({ ...head, _rev: there?._rev } as Head, first);
      if (result.ok) return true;
      if (result.reason === 'refused') throw new StoreError(result.detail, { transient: false });
    }
    throw new StoreError(`${head._id} is being written by others.`, { transient: true });
  };

  async function* partsHeld(digest: string): AsyncGenerator<Uint8Array> {
    if (!isDigest(digest)) throw notHeld(digest);
    const [head, first] = await Promise.all([database.get<Head>(digest), database.bytesOf(digest)]);
    if (!head) throw notHeld(digest);
    if (head.bytes > 0 && !first) throw missing(digest, 0);
    if (first) yield first;
    for (let part = 1; part < head.parts; part += 1) {
      const bytes = await database.bytesOf(partId(head, part));
      if (!bytes) throw missing(digest, part);
      yield bytes;
    }
  }

  const held = async (digests: readonly string[]): Promise<ReadonlySet<string>> => {
    const found = await database.getMany(digests.filter(isDigest));
    return new Set(found.map(({ _id }) => _id));
  };

  const vault: Vault = {
    publish: async (source, digest) => {
      requireDigest(digest);
      const [at, publication] = [now().toISOString(), nameOfChance()];
      const further: Stored<Doc>[] = [];
      let first: Uint8Array = new Uint8Array();
      let [bytes, parts] = [0, 0];
      try {
        for await (const part of partsOf(soundPieces(source, digest), PART_BYTES)) {
          if (parts === 0) first = part;
          else further.push(await create({ _id: partId({ _id: digest, publication }, parts), at } as Part, part));
          parts += 1;
          bytes += part.byteLength;
        }
      } catch (error) {
        // Whoever sends wrong bytes again and again does not fill the store.
        await letGo(further);
        throw error;
      }
      if (!(await giveName({ _id: digest, bytes, parts, publication, at }, first))) await letGo(further);
    },
    has: async (digest) => (await held([digest])).has(digest),
    held,
    read: async (digest) => {
      // Nearly every packet is of one part, and then its bytes tell by themselves that they are all of it.
      const only = isDigest(digest) ? await database.bytesOf(digest) : undefined;
      if (only && sha256Hex(only) === digest) return only;
      const parts: Uint8Array[] = [];
      for await (const part of verified(partsHeld(digest), digest)) parts.push(part);
      return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    },
    open: (digest) => verified(partsHeld(digest), digest),
    digests: async function* digests(after) {
      const start = after === undefined ? EVERY_PACKET.start : `${after}\u0000`;
      for await (const page of pages<Doc>(database, { ...EVERY_PACKET, start })) {
        const found = page.map(({ _id }) => _id).filter(isDigest);
        if (found.length > 0) yield found;
      }
    },
    setAside: async (digest) => {
      const head = isDigest(digest) ? await database.get<Head>(digest) : undefined;
      if (!head || (await isSound(vault, digest))) return false;
      const kept = await copied(head);
      if (!kept) return false;
      // This very head: one that was published again meanwhile is another, and stays.
      if ((await remove([head])) === 0) {
        await letGo(kept);
        return false;
      }
      await letGo(await database.getMany(partIds(head)));
      return true;
    },
    clearUnfinished: async (before) => {
      let removed = 0;
      for await (const page of pages<Part>(database, EVERY_PART)) {
        const old = page.filter(({ at }) => at < before.toISOString());
        if (old.length === 0) continue;
        const heads = await database.getMany<Head>([...new Set(old.map(({ _id }) => digestOf(_id)))]);
        const named = new Set(heads.flatMap(partIds));
        removed += await remove(old.filter(({ _id }) => !named.has(_id)));
      }
      return removed;
    },
  };

  /** Copies of what there is of a packet; undefined, and there are none, when a document does not give out its bytes. */
  async function copied(head: Stored<Head>): Promise<Stored<Doc>[] | undefined> {
    const name = `rotten:${head._id}:${nameOfChance()}`;
    const { _rev, ...fields } = head;
    const further = new Set((await database.getMany(partIds(head))).map(({ _id }) => _id));
    const copies: Stored<Doc>[] = [];
    for (const [index, id] of [head._id, ...partIds(head)].entries()) {
      // A part that is missing is what is wrong with the packet.
      if (index > 0 && !further.has(id)) continue;
      const bytes = await database.bytesOf(id);
      if (!bytes) {
        await letGo(copies);
        return undefined;
      }
      const copy = { ...(index === 0 ? fields : { at: head.at }), _id: `${name}:${twoDigits(index)}` };
      copies.push(await create(copy, bytes));
    }
    return copies;
  }

  /** @returns how many; those that were written anew meanwhile stay. */
  async function remove(docs: readonly Stored<Doc>[]): Promise<number> {
    if (docs.length === 0) return 0;
    const results = await database.write(docs.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
    return results.filter(({ ok }) => ok).length;
  }

  /** What can't be removed now is cleared away later: it is no reason for what was done before to have failed. */
  async function letGo(docs: readonly Stored<Doc>[]): Promise<void> {
    await remove(docs).catch(() => undefined);
  }

  return vault;
}

function partId({ _id: digest, publication }: Pick<Head, '_id' | 'publication'>, part: number): string {
  return `part:${digest}:${publication}:${twoDigits(part)}`;
}

function partIds(head: Head): string[] {
  return Array.from({ length: Math.max(0, head.parts - 1) }, (_, index) => partId(head, index + 1));
}

/** 16 MiB are sixteen parts. */
function twoDigits(part: number): string {
  return String(part).padStart(2, '0');
}

function digestOf(id: string): string {
  return id.split(':', 2)[1] ?? '';
}

function nameOfChance(): string {
  return randomBytes(NAME_BYTES).toString('hex');
}

function missing(digest: string, part: number): EnrouteError {
  return new EnrouteError('ENR-PKT-006', `${digest}: part ${part} is missing`);
}
