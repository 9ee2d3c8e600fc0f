/**
 * Who is signed in where. A session is a document, so any gateway knows it; its token is in the browser's cookie alone,
 * and here stands the hash. It ends after thirty minutes in which nothing was asked, after twelve hours in any case, and
 * at once when the person is closed or gets another password or other roles: then the generation that it was begun in is
 * not the person's any more.
 */
import { timeSchema } from '@enroute/shared/schemas/common.ts';
import { z } from 'zod';
import { inPassing } from '../store/in-passing.ts';
import { pages } from '../store/pages.ts';
import type { Database, Doc } from '../store/store.ts';
import { changeDocument } from './change-document.ts';
import { corePersonIdSchema } from './person.ts';
import { isToken, newToken, type RandomBytes, tokenHash } from './secret-token.ts';

/** When a session ends; an installation may set others. */
export interface SessionTimes {
  /** Without anything asked for. */
  readonly idleMs: number;
  /** In any case. */
  readonly longestMs: number;
}

const DEFAULT_SESSION_TIMES: SessionTimes = { idleMs: 30 * 60_000, longestMs: 12 * 60 * 60_000 };

/** Their ids are hashes in hex. */
export const EVERY_SESSION = { start: '0', end: 'g' } as const;

/** To note each request would cost a write each; so a session may end so much early. */
const NOTE_EVERY_MS = 60_000;

const sessionSchema = z.strictObject({
  v: z.literal(1),
  person: corePersonIdSchema,
  generation: z.int().nonnegative(),
  since: timeSchema,
  lastSeen: timeSchema,
});

export type Session = z.infer<typeof sessionSchema>;
type SessionDoc = Session & Doc;

export interface Sessions {
  /** @returns the token */
  begin(person: string, generation: number): Promise<string>;
  /**
   * @param asked whether somebody asked for something just now, which keeps it from ending; to look on does not.
   * @returns undefined when there is none, or it has ended.
   */
  find(token: string | undefined, asked: 'asked' | 'looks-on'): Promise<Session | undefined>;
  end(token: string | undefined): Promise<void>;
  /** Removes those that have ended by time. */
  sweep(signal?: AbortSignal): Promise<number>;
}

export function openSessions(
  database: Database,
  now: () => Date,
  random?: RandomBytes,
  times: SessionTimes = DEFAULT_SESSION_TIMES,
): Sessions {
  const hasEnded = ({ since, lastSeen }: Session, at: Date): boolean =>
    at.getTime() - Date.parse(lastSeen) > times.idleMs || at.getTime() - Date.parse(since) > times.longestMs;

  return {
    begin: async (person, generation) => {
      const token = newToken(random);
      const at = now().toISOString();
      const session: Session = { v: 1, person, generation, since: at, lastSeen: at };
      const [result] = await database.write([{ _id: tokenHash(token), ...session } as Doc]);
      // A second token of the same 256 bits is a broken source of randomness.
      if (!result?.ok) throw new Error('A session of this token is there already.');
      return token;
    },
    find: async (token, asked) => {
      const doc = isToken(token) ? await database.get<SessionDoc>(tokenHash(token)) : undefined;
      if (!doc) return undefined;
      const { _id, _rev, ...body } = doc;
      const session = sessionSchema.parse(body);
      const at = now();
      if (hasEnded(session, at)) return undefined;
      const unnotedMs = at.getTime() - Date.parse(session.lastSeen);
      // Whoever notes it at the same time notes the same, so a conflict is as good.
      if (asked === 'asked' && unnotedMs > NOTE_EVERY_MS)
        await inPassing(database.write([{ ...doc, lastSeen: at.toISOString() } as Doc]));
      return session;
    },
    end: async (token) => {
      if (!isToken(token)) return;
      // Another gateway may note at the same moment that it was seen.
      await changeDocument<Doc>(database, tokenHash(token), (doc) => doc && { _id: doc._id, _deleted: true });
    },
    sweep: async (signal) => {
      let swept = 0;
      for await (const page of pages<SessionDoc>(database, EVERY_SESSION)) {
        if (signal?.aborted) break;
        const ended = page.filter((session) => hasEnded(session, now()));
        if (ended.length > 0) await database.write(ended.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
        swept += ended.length;
      }
      return swept;
    },
  };
}
