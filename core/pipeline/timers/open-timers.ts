/** Timers in a database: their ids begin with their time, so what is due stands at the front. */
import { LANES } from '@enroute/shared/registration/registration.ts';
import { ridSchema, timeSchema } from '@enroute/shared/schemas/common.ts';
import { z } from 'zod';
import { type Database, type Doc, MAX_BATCH, type Stored, StoreError, type WriteResult } from '../../store/store.ts';
import type { Timer, Timers } from './timer.ts';

const PAGE = 200;
/** Most that one call reads past: timers of other lanes, whose workers are late with them. */
const MOST_PAGES = 5;
/** The character behind ":", so that everything of one time lies before it. */
const BEHIND = ';';
const FRONT = '0';

const timerSchema = z.object({ at: timeSchema, rid: ridSchema, lane: z.int().nonnegative().lt(LANES) });

interface TimerDoc extends Doc {
  readonly lane: number;
}

export function openTimers(database: Database): Timers {
  return new StoredTimers(database);
}

class StoredTimers implements Timers {
  readonly #database: Database;
  /**
   * Where the next look begins. It goes on where the last one ended, and begins anew when it has seen all that is due: so
   * what stays at the front, because its own worker is away, keeps nothing that is behind it waiting.
   */
  #from = FRONT;

  constructor(database: Database) {
    this.#database = database;
  }

  async set(timers: readonly Timer[]): Promise<void> {
    const docs = timers.map((timer): TimerDoc => ({ _id: idOf(timer), lane: timer.lane }));
    // What is there already says the same.
    await this.#write(docs);
  }

  async due(now: Date, lanes: { has(lane: number): boolean }, limit: number): Promise<Timer[]> {
    const end = `${now.toISOString()}${BEHIND}`;
    const due: Timer[] = [];
    for (let page = 0; page < MOST_PAGES && due.length < limit; page += 1) {
      // The clock may have been set back since.
      const start = this.#from < end ? this.#from : FRONT;
      const found = await this.#database.range<TimerDoc>({ start, end, limit: PAGE });
      const ours = found.flatMap((doc) => timerOf(doc) ?? []).filter(({ lane }) => lanes.has(lane));
      const taken = ours.slice(0, limit - due.length);
      due.push(...taken);
      const lastTaken = taken.at(-1);
      if (taken.length < ours.length && lastTaken) {
        this.#from = behind(idOf(lastTaken));
      } else if (found.length === PAGE) {
        this.#from = behind(found.at(-1)?._id ?? FRONT);
      } else {
        this.#from = FRONT;
        break;
      }
    }
    return due;
  }

  async clear(timers: readonly Timer[]): Promise<void> {
    for (const ids of batches([...new Set(timers.map(idOf))])) {
      const found = await this.#database.getMany<TimerDoc>(ids);
      // Who else has cleared it in between has done the same.
      await this.#write(found.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
    }
  }

  async #write(docs: readonly Doc[]): Promise<void> {
    for (const batch of batches(docs)) requireTaken(await this.#database.write(batch));
  }
}

/** Times are written in one way only: the order of ids is theirs. */
function idOf({ at, rid }: Timer): string {
  return `${new Date(at).toISOString()}:${rid}`;
}

function behind(id: string): string {
  return `${id}\u0000`;
}

/** Undefined for what is no timer. */
function timerOf({ _id, lane }: Stored<TimerDoc>): Timer | undefined {
  const cut = _id.lastIndexOf(':');
  const rid = _id.slice(cut + 1);
  const parsed = timerSchema.safeParse({ at: _id.slice(0, cut), rid, lane });
  return parsed.data;
}

function requireTaken(results: readonly WriteResult[]): void {
  const refused = results.find((result) => !result.ok && result.reason === 'refused');
  if (refused) throw new StoreError(`the timer ${refused.id} was refused`, { transient: false });
}

function* batches<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += MAX_BATCH) yield all.slice(from, from + MAX_BATCH);
}
