/**
 * How far a foreign replicator has come, as it notes it at both of its ends (`_local/<id>` in CouchDB's words). They are
 * not in the station's channel, whose feed would tell them, but side by side in one document for each station: so there
 * are never more of them than a few, and to lose one costs no more than a comparison from the beginning.
 *
 * A checkpoint of another epoch is none: its places are of a feed that was restored since.
 */
import type { Database, Doc, Stored } from '../../store/store.ts';

export interface Checkpoint {
  /** As CouchDB counts: "0-<how often it was written>". */
  readonly rev: string;
  readonly content: Readonly<Record<string, unknown>>;
}

export interface Checkpoints {
  get(station: string, id: string): Promise<Checkpoint | undefined>;
  /**
   * @param rev the one that it takes the place of; undefined when there was none
   * @returns the revision that it has now, or 'conflict' when another one is there
   */
  put(station: string, id: string, rev: string | undefined, content: Checkpoint['content']): Promise<string>;
}

/** As JSON. CouchDB's replicator notes its last fifty sessions, each with three places. */
export const MAX_CHECKPOINT_BYTES = 64 * 1024;
/** Of one station: both directions of two clients, and as many again. Another takes the place of the oldest. */
const MOST_OF_STATION = 8;
/** Other gateways write the same document now and then. */
const TRIES = 5;

interface Kept extends Checkpoint {
  readonly id: string;
}

interface StationCheckpoints extends Doc {
  readonly epoch: string;
  /** The one that was written last stands last. */
  readonly kept: readonly Kept[];
}

export const CONFLICT = 'conflict';

export function openCheckpoints(database: Database, epoch: string): Checkpoints {
  const documentId = (station: string): string => `channel-${station}`;

  async function read(station: string): Promise<{ stored?: Stored<StationCheckpoints>; kept: readonly Kept[] }> {
    const stored = await database.get<StationCheckpoints>(documentId(station));
    if (!stored) return { kept: [] };
    return { stored, kept: stored.epoch === epoch ? stored.kept : [] };
  }

  return {
    get: async (station, id) => (await read(station)).kept.find((one) => one.id === id),
    put: async (station, id, rev, content) => {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const { stored, kept } = await read(station);
        const before = kept.find((one) => one.id === id);
        if (before?.rev !== rev) return CONFLICT;
        const next = { id, rev: nextRev(before?.rev), content };
        const others = kept.filter((one) => one.id !== id).slice(-(MOST_OF_STATION - 1));
        const doc: StationCheckpoints = {
          _id: documentId(station),
          _rev: stored?._rev,
          epoch,
          kept: [...others, next],
        };
        const [result] = await database.write([doc]);
        if (result?.ok) return next.rev;
      }
      return CONFLICT;
    },
  };
}

function nextRev(rev: string | undefined): string {
  const times = Number(rev?.slice('0-'.length) ?? 0);
  return `0-${times + 1}`;
}
