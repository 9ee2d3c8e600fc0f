/**
 * How many copies there are of what is written, and how many of them must agree.
 *
 * n: copies of each shard, on as many nodes. w: copies that must be on disk before a write is answered. r: copies that a
 * `get` compares. A majority for both means that one lost node loses nothing that was answered, and that a `get` after a
 * write sees it. q: shards of a database; each is a file and a process on the server, so a channel, of which there are
 * thousands with little in each, has one.
 *
 * A majority of the copies may take one writer's document and the rest another's; CouchDB later shows the one whose
 * revision sorts higher. Where one document decides between writers, w and r are n: nobody is told that he won unless
 * every copy took his, and whoever has to read what came of it is shown what all copies will agree on.
 */
import { misuse } from '../rules.ts';

export interface ClusterOptions {
  /** Shards of a database that is made; 2 unless stated. A channel always has 1. */
  readonly q?: number;
  /** Copies of each shard of a database that is made; unless stated 3 in a cluster of 3 nodes or more, else 1. */
  readonly n?: number;
  /** Copies that a write waits for; a majority of the database's copies unless stated, and all where it decides. */
  readonly w?: number;
  /** Copies that a `get` compares; a majority of the database's copies unless stated, and all where it decides. */
  readonly r?: number;
}

/** A database's own shape, as the server says it. */
export interface Quorum {
  readonly n: number;
  readonly w: number;
  readonly r: number;
}

const SHARDS = 2;
const COPIES_IN_A_CLUSTER = 3;
const CHANNEL = 'channel-';

/** @throws StoreError for a number that is no count. */
export function requireClusterOptions(options: ClusterOptions): void {
  for (const key of ['q', 'n', 'w', 'r'] as const) {
    const value = options[key];
    if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= 64)) {
      throw misuse(`The ${key} for CouchDB is ${value}; it must be a whole number from 1 to 64.`);
    }
  }
}

export function shardsOf(name: string, { q }: ClusterOptions): number {
  return name.startsWith(CHANNEL) ? 1 : (q ?? SHARDS);
}

/** @param nodes of the cluster */
export function copiesIn(nodes: number): number {
  return nodes >= COPIES_IN_A_CLUSTER ? COPIES_IN_A_CLUSTER : 1;
}

/**
 * @param n copies that the database has; the server may have been told another number when it was made
 * @param decides whether its documents decide between writers; then no other w or r will do
 * @throws StoreError when a `get` could miss a write that was answered
 */
export function quorumOf(n: number, options: ClusterOptions, decides = false): Quorum {
  if (decides) return { n, w: n, r: n };
  const majority = Math.floor(n / 2) + 1;
  const w = Math.min(options.w ?? majority, n);
  const r = Math.min(options.r ?? majority, n);
  if (w + r <= n) throw misuse(`w=${w} and r=${r} of n=${n} copies: a read may miss a write. Their sum must exceed n.`);
  return { n, w, r };
}
