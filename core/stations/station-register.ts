/** The register of stations: which there are, with which keys, and who works there. */
import { type StationCard, stationCardSchema } from '@enroute/shared/schemas/cards.ts';
import { stationSchema, timeSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import { pages } from '../store/pages.ts';
import type { Database, Doc } from '../store/store.ts';

const stationDocSchema = z.object({
  _id: stationSchema,
  _rev: z.string(),
  state: z.enum(['active', 'suspended']),
  card: stationCardSchema,
});

const seenDocSchema = z.object({ _id: z.string(), _rev: z.string(), at: timeSchema });

/** Reading and writing a "last seen" for every request would cost more than the request. */
const SEEN_EVERY_MS = 5_000;

export interface RegisteredStation {
  readonly card: StationCard;
  readonly suspended: boolean;
}

export interface StationRegister {
  /** Registers a station, or replaces its card. */
  register(card: StationCard): Promise<void>;
  /**
   * A station that is known, whether or not it may come in: what a suspended one has sent must still be answered.
   * @throws EnrouteError ENR-AUT-004 when it is not known.
   */
  get(station: string): Promise<RegisteredStation>;
  /** Its card alone. @throws EnrouteError ENR-AUT-004 */
  card(station: string): Promise<StationCard>;
  list(): Promise<StationCard[]>;
  /** Notes that the station has just been heard of. */
  noteSeen(station: string): Promise<void>;
  /** When each station was last heard of, by the core's clock. */
  lastSeen(): Promise<ReadonlyMap<string, string>>;
}

const SEEN = 'seen:';

export function openStationRegister(db: Database, now: () => Date): StationRegister {
  const noted = new Map<string, number>();

  async function read(station: string) {
    const doc = await db.get<Doc>(station);
    return doc ? stationDocSchema.parse(doc) : undefined;
  }

  async function get(station: string): Promise<RegisteredStation> {
    const doc = await read(station);
    if (!doc) throw new EnrouteError('ENR-AUT-004', station);
    return { card: doc.card, suspended: doc.state === 'suspended' };
  }

  async function all(start: string, end: string): Promise<Doc[]> {
    const docs: Doc[] = [];
    for await (const page of pages<Doc>(db, { start, end })) docs.push(...page);
    return docs;
  }

  return {
    register: async (card) => {
      const before = await read(card.station);
      const doc = { _id: card.station, ...(before ? { _rev: before._rev } : {}), state: 'active', card };
      const [result] = await db.write([doc]);
      if (!result?.ok) throw new EnrouteError('ENR-WEB-002', `station register: ${result?.reason}`);
    },
    get,
    card: async (station) => (await get(station)).card,
    // Ids of stations are digits; those of the notes begin with a letter.
    list: async () => (await all('0', ':')).map((doc) => stationDocSchema.parse(doc).card),
    noteSeen: async (station) => {
      const at = now();
      if (at.getTime() - (noted.get(station) ?? 0) < SEEN_EVERY_MS) return;
      noted.set(station, at.getTime());
      const before = await db.get<Doc>(`${SEEN}${station}`);
      // Another gateway may write it at the same time: as good as ours.
      await db.write([{ _id: `${SEEN}${station}`, ...(before && { _rev: before._rev }), at: at.toISOString() } as Doc]);
    },
    lastSeen: async () => {
      const docs = (await all(SEEN, 'seen;')).map((doc) => seenDocSchema.parse(doc));
      return new Map(docs.map((doc) => [doc._id.slice(SEEN.length), doc.at]));
    },
  };
}
