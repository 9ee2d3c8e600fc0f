/** Reads a station's channel for the station: what the core wrote there, page by page, and by id. */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { isDownId } from '@enroute/sync/channel/documents.ts';
import { MAX_CHANNEL_BATCH } from '@enroute/sync/channel/protocol.ts';
import { Turns } from '../../pipeline/turns.ts';
import { type Change, type Changes, type Database, type Doc, type Stored, StoreError } from '../../store/store.ts';
import type { KnownChannels } from './known-channels.ts';

/** What the core wrote, in the order of the feed. */
export interface DownPage {
  readonly changes: readonly Change[];
  /** Where to go on from, as the store tells it. */
  readonly lastSeq: string;
  /** Nothing more was there. */
  readonly isLast: boolean;
}

export interface ChannelReader {
  /**
   * @param since the store's own place, or undefined for the beginning
   * @param most how many documents at the most, up to MAX_CHANNEL_BATCH; there may be none although more follow
   * @throws EnrouteError ENR-CHN-003 when the store can't read `since`: it is a place in another store's feed
   */
  page(station: string, since: string | undefined, most: number): Promise<DownPage>;
  /** Those of the documents that are there, whoever wrote them; any number of ids. */
  documents(station: string, ids: readonly string[]): Promise<Map<string, Stored<Doc>>>;
  /** How much lies behind a place; what the station itself wrote is counted, too. */
  pending(station: string, since: string | undefined): Promise<number>;
  /** Where the feed ends now, and how many documents there are. */
  extent(station: string): Promise<{ readonly lastSeq: string; readonly documents: number }>;
}

/** Before the first document. Both stores know it. */
const BEGINNING = '0';
/** Channels that are read at the same time. A wake-up of all stations must not open a read for each. */
const MOST_READS = 16;

export function channelReader(
  channel: (station: string) => Promise<Database>,
  channels: Pick<KnownChannels, 'isThere'>,
): ChannelReader {
  const turns = new Turns(MOST_READS);

  /** One read of a channel; `nothing` where the core has none, for to open it would make it. */
  function read<T>(station: string, nothing: T, from: (database: Database) => Promise<T>): Promise<T> {
    return turns.take(async () => ((await channels.isThere(station)) ? from(await channel(station)) : nothing));
  }

  return {
    page: async (station, since, most) => {
      const nothing: Changes = { changes: [], lastSeq: since ?? BEGINNING };
      const page = await read(station, nothing, (database) => changesOf(database, since));
      const isLast = page.changes.length < MAX_CHANNEL_BATCH;
      const down = page.changes.filter(({ id }) => isDownId(id));
      const changes = down.slice(0, most);
      const last = changes.at(-1);
      return last && changes.length < down.length
        ? { changes, lastSeq: last.seq, isLast: false }
        : { changes, lastSeq: page.lastSeq, isLast };
    },
    documents: async (station, ids) => {
      const found = new Map<string, Stored<Doc>>();
      const unique = [...new Set(ids)];
      for (let at = 0; at < unique.length; at += MAX_CHANNEL_BATCH) {
        const batch = unique.slice(at, at + MAX_CHANNEL_BATCH);
        const docs = await read(station, [], (database) => database.getMany<Doc>(batch));
        for (const doc of docs) found.set(doc._id, doc);
      }
      return found;
    },
    pending: (station, since) => read(station, 0, (database) => database.pending(since)),
    extent: (station) =>
      read(station, { lastSeq: BEGINNING, documents: 0 }, async (database) => {
        const { updateSeq, docCount } = await database.info();
        return { lastSeq: updateSeq, documents: docCount };
      }),
  };
}

async function changesOf(database: Database, since: string | undefined): Promise<Changes> {
  try {
    return await database.changes({ since, limit: MAX_CHANNEL_BATCH, waitMs: 0 });
  } catch (error) {
    if (!(error instanceof StoreError) || error.transient || since === undefined) throw error;
    // A store that is closing fails here again, for its own reason.
    await database.info();
    throw new EnrouteError('ENR-CHN-003', 'since');
  }
}
