/**
 * How often sign-in under an id has failed in a row, and until when it is locked therefore. A try is counted, durably,
 * before the password is looked at: whoever kills the gateway has spent it, and two gateways count two.
 *
 * Tries from each network that the person has signed in from are counted by themselves, and those from everywhere else
 * together. So a stranger who tries without end locks strangers, and not the person; and to guess from everywhere at once
 * is of no use.
 *
 * For an id that nobody has, tries are counted, too, or the lock would tell who exists. Such ids share a bounded number
 * of documents, by a keyed hash: nobody can tell which of them share one, and nobody fills the store with names. A day
 * without a try takes every count back, of people as of ids that nobody has: or else the shared ones would fill up in
 * time, and an id that is locked at once would be one that nobody has.
 */
import { createHmac, hkdfSync } from 'node:crypto';
import { lockMsAfter } from '@enroute/shared/policy/sign-in-lock.ts';
import { timeSchema } from '@enroute/shared/schemas/common.ts';
import { z } from 'zod';
import { pages } from '../store/pages.ts';
import type { Database, Doc } from '../store/store.ts';
import { changeDocument } from './change-document.ts';
import { SignInRefusal } from './sign-in-refusal.ts';

const PREFIX = 'tries:';
const MAX_COUNT = 1_000;
/** To fill them all within a day takes hundreds of thousands of tries. */
const BUCKETS = 65_536;
/** Far more than the longest lock, so that to wait for it makes no guessing faster. */
const FORGOTTEN_AFTER_MS = 24 * 60 * 60_000;
const SECOND_MS = 1_000;

const triesSchema = z.strictObject({
  /** Tries since the last right password, or the last day without one; more would lock no longer. */
  count: z.int().min(1).max(MAX_COUNT),
  /** When the last of them was counted. */
  at: timeSchema,
});
type Tries = z.infer<typeof triesSchema>;
type TriesDoc = Tries & Doc;

/** Whose tries they are. */
export interface TriedAs {
  readonly id: string;
  readonly exists: boolean;
  /** The key of the network, where the person has signed in from there before. */
  readonly familiar: string | undefined;
}

export interface SignInTries {
  /**
   * Counts a try that is about to be made; when it resolves, the count is durable.
   * @throws SignInRefusal ENR-PPL-003 while sign-in is locked; nothing is counted then.
   */
  count(as: TriedAs): Promise<void>;
  /** Everything that was asked for was right. */
  forget(as: TriedAs): Promise<void>;
  /** Those of them whose sign-in is locked to strangers. At most a thousand ids. */
  lockedAmong(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Removes counts that are forgotten. */
  sweep(signal?: AbortSignal): Promise<number>;
}

export function openSignInTries(database: Database, storageKey: Uint8Array, now: () => Date): SignInTries {
  const key = Buffer.from(hkdfSync('sha256', storageKey, '', 'enroute tries of unknown people v1', 32));
  const bucketOf = (id: string): number => createHmac('sha256', key).update(id).digest().readUInt32BE(0) % BUCKETS;
  // No id of a person begins with a question mark, and none has an at sign.
  const placeOf = ({ id, exists, familiar }: TriedAs): string => {
    if (!exists) return `${PREFIX}?${bucketOf(id)}`;
    return `${PREFIX}${id}${familiar === undefined ? '' : `@${familiar}`}`;
  };
  const byStrangers = (id: string): string => placeOf({ id, exists: true, familiar: undefined });
  const isForgotten = ({ at }: Pick<Tries, 'at'>): boolean => now().getTime() - Date.parse(at) > FORGOTTEN_AFTER_MS;

  return {
    count: async (as) => {
      const _id = placeOf(as);
      let lockedFor = 0;
      await changeDocument<TriesDoc>(database, _id, (doc) => {
        const at = now();
        const stored = doc && triesOf(doc);
        const before = stored && !isForgotten(stored) ? asSeenAt(at, stored) : undefined;
        lockedFor = before ? lockEnd(before) - at.getTime() : 0;
        // A lock that began in what is the future now is written down as beginning now.
        if (before && lockedFor > 0) return before.at === stored?.at ? undefined : { _id, ...before };
        const count = Math.min((before?.count ?? 0) + 1, MAX_COUNT);
        return { _id, count, at: at.toISOString() };
      });
      if (lockedFor > 0)
        throw new SignInRefusal('ENR-PPL-003', { retryAfterSeconds: Math.ceil(lockedFor / SECOND_MS) });
    },
    forget: async (as) => {
      await changeDocument<Doc>(database, placeOf(as), (doc) => doc && { _id: doc._id, _deleted: true });
    },
    lockedAmong: async (ids) => {
      const docs = await database.getMany<TriesDoc>(ids.map(byStrangers));
      const at = now();
      const locked = docs.filter((doc) => lockEnd(asSeenAt(at, triesOf(doc))) > at.getTime());
      return new Set(locked.map(({ _id }) => _id.slice(PREFIX.length)));
    },
    sweep: async (signal) => {
      let swept = 0;
      for await (const page of pages<TriesDoc>(database, { start: PREFIX, end: 'tries;' })) {
        if (signal?.aborted) break;
        const forgotten = page.filter(isForgotten);
        // Where a try is counted meanwhile, the count stays.
        if (forgotten.length > 0)
          await database.write(forgotten.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
        swept += forgotten.length;
      }
      return swept;
    },
  };
}

function lockEnd({ count, at }: Tries): number {
  const lockMs = lockMsAfter(count);
  return lockMs === 0 ? 0 : Date.parse(at) + lockMs;
}

/** By a clock that may have been set back meanwhile, or is behind another gateway's: what lies in the future begins now. */
function asSeenAt(now: Date, tries: Tries): Tries {
  return Date.parse(tries.at) > now.getTime() ? { ...tries, at: now.toISOString() } : tries;
}

function triesOf({ _id, _rev, ...body }: Doc): Tries {
  return triesSchema.parse(body);
}
