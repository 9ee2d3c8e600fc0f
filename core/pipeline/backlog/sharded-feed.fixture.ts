/**
 * The feed of a store that keeps its documents in two shards: each has an order of its own, and how the two lie to each
 * other is different for each reading. A place is one number for each shard.
 */
import type { Change, Changes, ChangesQuery, Database, DatabaseInfo } from '../../store/store.ts';

export class ShardedFeed {
  readonly #db: Database;
  readonly #random: () => number;

  constructor(db: Database, random: () => number) {
    this.#db = db;
    this.#random = random;
  }

  changes = async ({ since, limit, selector }: ChangesQuery): Promise<Changes> => {
    const place = (since ?? '0:0').split(':').map(Number);
    const { changes, lastSeq } = await this.#db.changes({
      since: undefined,
      limit: 100_000,
      waitMs: 0,
      ...(selector ? { selector } : {}),
    });
    const left = [0, 1].map((shard) =>
      changes.filter(({ id, seq }) => shardOf(id) === shard && Number(seq) > (place[shard] ?? 0)),
    );
    const taken: Change[] = [];
    while (taken.length < limit && left.some(({ length }) => length > 0)) {
      const shard = this.#random() < 0.5 ? 0 : 1;
      const change = left[shard]?.shift();
      if (!change) continue;
      place[shard] = Number(change.seq);
      taken.push({ ...change, seq: place.join(':') });
    }
    const isEnd = left.every(({ length }) => length === 0);
    return { changes: taken, lastSeq: isEnd ? `${lastSeq}:${lastSeq}` : place.join(':') };
  };

  info = async (): Promise<DatabaseInfo> => {
    const info = await this.#db.info();
    return { ...info, updateSeq: `${info.updateSeq}:${info.updateSeq}` };
  };
}

/** Neighbours go to different ones. */
function shardOf(rid: string): number {
  return Number(rid[14]) % 2;
}
