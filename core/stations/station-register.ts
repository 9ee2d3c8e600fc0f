/**
 * The register of stations: which there are, with which keys, who works there, and what they may do. It is written with
 * the revision that was read, and read again where another gateway was first, so of two acts none undoes the other.
 */
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { stationSchema, timeSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import { inPassing } from '../store/in-passing.ts';
import { pages } from '../store/pages.ts';
import type { Database, Doc, Stored } from '../store/store.ts';
import { withoutOpenInvitation } from './invitations.ts';
import {
  type Act,
  areGivenUp,
  cardsInForce,
  hasSameKeys,
  INVITED_ONLY,
  replacedBy,
  type StationEntry,
  stationEntrySchema,
} from './station-entry.ts';
import type { StationState } from './station-rights.ts';

const stationDocSchema = stationEntrySchema.extend({ _id: stationSchema, _rev: z.string() });
const seenDocSchema = z.object({ _id: z.string(), _rev: z.string(), at: timeSchema });

/** Reading and writing a "last seen" for every request would cost more than the request. */
const SEEN_EVERY_MS = 5_000;
/** Acts on one station at one moment: a person's, a machine's, and the same from another gateway. */
const MAX_TRIES = 20;

export interface RegisteredStation {
  readonly card: StationCard;
  readonly state: StationState;
}

export interface ListedStation extends RegisteredStation {
  readonly station: string;
  readonly entry: StationEntry;
}

export interface StationRegister {
  /**
   * Registers a station by its card, or replaces the card. With new keys those of before are given up, and what they
   * have signed is refused, and an open invitation ends; a suspended station stays suspended as long as its keys are the
   * same.
   * @throws EnrouteError ENR-TRU-006 when the keys of the card were given up or revoked before.
   */
  register(card: StationCard, by?: string): Promise<void>;
  /**
   * A station that is known, whether or not it may come in: what a suspended one has sent must still be answered.
   * @throws EnrouteError ENR-AUT-004 when it is not known.
   */
  get(station: string): Promise<RegisteredStation>;
  /** Its card alone. @throws EnrouteError ENR-AUT-004 */
  card(station: string): Promise<StationCard>;
  /** Those that have a card. */
  list(): Promise<StationCard[]>;
  /** As `list`, with the rest of what is kept. */
  entries(): Promise<ListedStation[]>;
  /** All that is kept of a station; undefined where nothing is. */
  entry(station: string): Promise<StationEntry | undefined>;
  /** The cards whose signature on a manifest counts, the present one first. @throws EnrouteError ENR-AUT-004 */
  cardsInForce(station: string): Promise<readonly StationCard[]>;
  /**
   * Makes of an entry the next, again with what another has written meanwhile.
   * @param act is given nothing where there is nothing; what it throws ends it, and nothing was written
   * @throws EnrouteError ENR-WEB-002 when others are first again and again.
   */
  change(station: string, act: (before: StationEntry | undefined) => StationEntry): Promise<StationEntry>;
  /** Notes that the station has just been heard of. */
  noteSeen(station: string): Promise<void>;
  /** When each station was last heard of, by the core's clock. */
  lastSeen(): Promise<ReadonlyMap<string, string>>;
}

const SEEN = 'seen:';
/** Ids of stations are digits; those of the notes begin with a letter. */
export const EVERY_STATION = { start: '0', end: ':' } as const;

export function openStationRegister(db: Database, now: () => Date): StationRegister {
  const noted = new Map<string, number>();

  async function read(station: string): Promise<{ entry: StationEntry; rev: string } | undefined> {
    const doc = await db.get<Doc>(station);
    return doc ? split(doc) : undefined;
  }

  async function change(station: string, act: (before: StationEntry | undefined) => StationEntry) {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const before = await read(station);
      const after = act(before?.entry);
      if (before && after === before.entry) return after;
      const doc = { ...after, _id: stationSchema.parse(station), ...(before ? { _rev: before.rev } : {}) };
      const [result] = await db.write([doc]);
      if (result?.ok) return after;
      if (result?.reason !== 'conflict') throw new EnrouteError('ENR-WEB-002', `station register: ${result?.detail}`);
    }
    throw new EnrouteError('ENR-WEB-002', 'station register: others were first');
  }

  async function known(station: string): Promise<StationEntry & { card: StationCard }> {
    const entry = (await read(station))?.entry;
    if (!entry?.card) throw new EnrouteError('ENR-AUT-004', station);
    return { ...entry, card: entry.card };
  }

  async function all(start: string, end: string): Promise<Stored<Doc>[]> {
    const docs: Stored<Doc>[] = [];
    for await (const page of pages<Doc>(db, { start, end })) docs.push(...page);
    return docs;
  }

  async function entries(): Promise<ListedStation[]> {
    return (await all(EVERY_STATION.start, EVERY_STATION.end)).flatMap((doc) => {
      const { entry } = split(doc);
      return entry.card ? [{ station: doc._id, state: entry.state, card: entry.card, entry }] : [];
    });
  }

  async function writeSeen(station: string, at: string): Promise<void> {
    const _id = `${SEEN}${station}`;
    const before = await db.get<Doc>(_id);
    // Another gateway may write it at the same time: as good as ours.
    await db.write([{ _id, ...(before && { _rev: before._rev }), at } as Doc]);
  }

  return {
    register: async (card, by = 'card') => {
      await change(card.station, (before) => registered(before, card, { by, at: now() }));
    },
    get: async (station) => {
      const { card, state } = await known(station);
      return { card, state };
    },
    card: async (station) => (await known(station)).card,
    list: async () => (await entries()).map(({ card }) => card),
    entries,
    entry: async (station) => (await read(station))?.entry,
    cardsInForce: async (station) => cardsInForce(await known(station)),
    change,
    noteSeen: async (station) => {
      const at = now();
      // A clock that was set back says when it is now as well as one that went on.
      if (Math.abs(at.getTime() - (noted.get(station) ?? 0)) < SEEN_EVERY_MS) return;
      noted.set(station, at.getTime());
      await inPassing(writeSeen(station, at.toISOString()));
    },
    lastSeen: async () => {
      const docs = (await all(SEEN, 'seen;')).map((doc) => seenDocSchema.parse(doc));
      return new Map(docs.map((doc) => [doc._id.slice(SEEN.length), doc.at]));
    },
  };
}

function registered(before: StationEntry | undefined, card: StationCard, act: Act): StationEntry {
  const entry = before ?? INVITED_ONLY;
  if (areGivenUp(entry, card)) throw new EnrouteError('ENR-TRU-006', card.station);
  if (entry.card && hasSameKeys(entry.card, card)) return { ...entry, card };
  return withoutOpenInvitation(replacedBy(entry, card, 'refuse', act));
}

function split(doc: Stored<Doc>): { entry: StationEntry; rev: string } {
  const { _id, _rev, ...entry } = stationDocSchema.parse(doc);
  return { entry, rev: _rev };
}
