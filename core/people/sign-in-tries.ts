/**
 * How often sign-in under an id has failed in a row, and until when it is locked therefore. A try is counted, durably,
 * before the password is looked at: whoever kills the gateway has spent it, and two gateways count two.
 *
 * For an id that nobody has, tries are counted, too, or the lock would tell who exists. Such ids share a bounded number
 * of documents, by a keyed hash: nobody can tell which of them share one, and nobody fills the store with names.
 */
import { createHmac, hkdfSync } from 'node:crypto';
import { lockMsAfter } from '@enroute/shared/policy/sign-in-lock.ts';
import { timeSchema } from '@enroute/shared/schemas/common.ts';
import { z } from 'zod';
import type { Database, Doc } from '../store/store.ts';
import { changeDocument } from './change-document.ts';
import { SignInRefusal } from './sign-in-refusal.ts';

const PREFIX = 'tries:';
const MAX_COUNT = 1_000;
const BUCKETS = 4_096;
const SECOND_MS = 1_000;

const triesSchema = z.strictObject({
  /** Tries since the last right password; more would lock no longer. */
  count: z.int().min(1).max(MAX_COUNT),
  /** When the last of them was counted. */
  at: timeSchema,
});
type Tries = z.infer<typeof triesSchema>;
type TriesDoc = Tries & Doc;

export interface SignInTries {
  /**
   * Counts a try that is about to be made; when it resolves, the count is durable.
   * @throws SignInRefusal ENR-PPL-003 while sign-in is locked; nothing is counted then.
   */
  count(id: string, exists: boolean): Promise<void>;
  /** Everything that was asked for was right. */
  forget(id: string): Promise<void>;
  /** Those of them whose sign-in is locked. At most a thousand ids. */
  lockedAmong(ids: readonly string[]): Promise<ReadonlySet<string>>;
}

export function openSignInTries(database: Database, storageKey: Uint8Array, now: () => Date): SignInTries {
  const key = Buffer.from(hkdfSync('sha256', storageKey, '', 'enroute tries of unknown people v1', 32));
  const bucketOf = (id: string): number => createHmac('sha256', key).update(id).digest().readUInt32BE(0) % BUCKETS;
  // No id of a person begins with a question mark.
  const placeOf = (id: string, exists: boolean): string => `${PREFIX}${exists ? id : `?${bucketOf(id)}`}`;

  return {
    count: async (id, exists) => {
      let lockedFor = 0;
      await changeDocument<TriesDoc>(database, placeOf(id, exists), (doc) => {
        const at = now();
        const stored = doc && triesOf(doc);
        const before = stored && asSeenAt(at, stored);
        lockedFor = before ? lockEnd(before) - at.getTime() : 0;
        // A lock that began in what is the future now is written down as beginning now.
        if (before && lockedFor > 0) return before.at === stored.at ? undefined : { ...doc, ...before };
        const count = Math.min((before?.count ?? 0) + 1, MAX_COUNT);
        return { _id: placeOf(id, exists), count, at: at.toISOString() };
      });
      if (lockedFor > 0)
        throw new SignInRefusal('ENR-PPL-003', { retryAfterSeconds: Math.ceil(lockedFor / SECOND_MS) });
    },
    forget: async (id) => {
      await changeDocument<Doc>(database, placeOf(id, true), (doc) => doc && { _id: doc._id, _deleted: true });
    },
    lockedAmong: async (ids) => {
      const docs = await database.getMany<TriesDoc>(ids.map((id) => placeOf(id, true)));
      const at = now();
      const locked = docs.filter((doc) => lockEnd(asSeenAt(at, triesOf(doc))) > at.getTime());
      return new Set(locked.map(({ _id }) => _id.slice(PREFIX.length)));
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
