/**
 * The vault in the core's store: a packet is one document, named by its digest, with the first part of its bytes beside
 * it, and for a large packet further ones that carry the rest:
 *
 * ```
 * <digest>             { bytes, parts, at }   the head; a packet is there when its head is
 * <digest>:01 … :nn    { at }                 further parts, written before the head
 * rotten:<digest>:…    what was set aside
 * ```
 *
 * So a packet of one part, which nearly every packet is, costs one write; and of a publication that was interrupted nobody
 * sees anything. What it has left is overwritten by the next one, or cleared away.
 */
import { randomBytes } from 'node:crypto';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { pages } from '../store/pages.ts';
import { type Database, type Doc, type Stored, StoreError } from '../store/store.ts';
import { partsOf } from './parts.ts';
import { isDigest, isSound, notHeld, requireDigest, type Vault, verified } from './vault.ts';

interface Part extends Doc {
  /** When it was written (ISO 8601). */
  readonly at: string;
}

interface Head extends Part {
  readonly bytes: number;
  readonly parts: number;
}

/**
 * As much as is in memory of a transfer a few times over. A quarter of what may lie beside a document: hardly any packet
 * is larger, and those that are cost a few requests more.
 */
const PART_BYTES = 1024 * 1024;
/** Digests are hexadecimal; what was set aside lies behind them. */
const EVERY_PACKET = { start: '0', end: 'g' } as const;
const NAME_BYTES = 8;
/** Others write the same bytes at the same moment: more than so many do not. */
const MAX_TRIES = 5;

export function openStoreVault(database: Database, now: () => Date = () => new Date()): Vault {
  /** Writes it over whatever is there. */
  const replace = async (doc: Doc, bytes: Uint8Array): Promise<void> => {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const there = tries > 0 ? await database.get(doc._id) : undefined;
      const result = await database.writeWithBytes({ ...doc, ...(there ? { _rev: there._rev } : {}) }, bytes);
      if (result.ok) return;
      if (result.reason === 'refused') throw new StoreError(result.detail, { transient: false });
    }
    throw new StoreError(`${doc._id} is being written by others.`, { transient: true });
  };

  async function* partsHeld(digest: string): AsyncGenerator<Uint8Array> {
    if (!isDigest(digest)) throw notHeld(digest);
    const [head, first] = await Promise.all([database.get<Head>(digest), database.bytesOf(digest)]);
    if (!head) throw notHeld(digest);
    if (head.bytes > 0 && !first) throw missing(digest, 0);
    if (first) yield first;
    for (let part = 1; part < head.parts; part += 1) {
      const bytes = await database.bytesOf(partId(digest, part));
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
      const at = now().toISOString();
      let first: Uint8Array | undefined;
      let bytes = 0;
      let parts = 0;
      for await (const part of partsOf(verified(source.chunks(), digest), PART_BYTES)) {
        if (parts === 0) first = part;
        else await replace({ _id: partId(digest, parts), at } as Part, part);
        parts += 1;
        bytes += part.byteLength;
      }
      const head: Head = { _id: digest, bytes, parts, at };
      const beside = first ?? new Uint8Array();
      const result = await database.writeWithBytes(head, beside);
      if (!result.ok && !(await isSound(vault, digest))) await replace(head, beside);
    },
    has: async (digest) => (await held([digest])).has(digest),
    held,
    read: async (digest) => {
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
      if (!head) return;
      const name = `rotten:${digest}:${randomBytes(NAME_BYTES).toString('hex')}`;
      const ids = [digest, ...Array.from({ length: head.parts - 1 }, (_, index) => partId(digest, index + 1))];
      for (const [index, id] of ids.entries()) {
        const { _rev, ...doc } = index === 0 ? head : { _rev: undefined, at: head.at };
        const copy = { ...doc, _id: `${name}:${twoDigits(index)}` };
        const bytes = await database.bytesOf(id);
        if (bytes) await replace(copy, bytes);
      }
      // The head goes first: without it the rest is nobody's, and a publication that begins now writes over it.
      await remove([head]);
      await remove(await database.getMany(ids.slice(1)));
    },
    clearUnfinished: async (before) => {
      let removed = 0;
      let head = '';
      for await (const page of pages<Part>(database, EVERY_PACKET)) {
        const left: Stored<Part>[] = [];
        for (const doc of page) {
          if (isDigest(doc._id)) head = doc._id;
          else if (digestOf(doc._id) !== head && doc.at < before.toISOString()) left.push(doc);
        }
        removed += await remove(left);
      }
      return removed;
    },
  };

  /** @returns how many; those that were written anew meanwhile stay. */
  async function remove(docs: readonly Stored<Doc>[]): Promise<number> {
    if (docs.length === 0) return 0;
    const results = await database.write(docs.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
    return results.filter(({ ok }) => ok).length;
  }

  return vault;
}

function partId(digest: string, part: number): string {
  return `${digest}:${twoDigits(part)}`;
}

/** 16 MiB are sixteen parts. */
function twoDigits(part: number): string {
  return String(part).padStart(2, '0');
}

function digestOf(id: string): string {
  return id.split(':', 1)[0] ?? '';
}

function missing(digest: string, part: number): EnrouteError {
  return new EnrouteError('ENR-PKT-006', `${digest}: part ${part} is missing`);
}
