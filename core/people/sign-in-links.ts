/**
 * One-time links by which somebody signs in who has no password: a new person, or one whose password and second factor
 * were taken back. A link is a secret of 256 bits; it is used up by removing its document, which only one can do.
 */
import { timeSchema } from '@enroute/shared/schemas/common.ts';
import { z } from 'zod';
import { pages } from '../store/pages.ts';
import type { Database, Doc } from '../store/store.ts';
import { corePersonIdSchema } from './person.ts';
import { isToken, newToken, type RandomBytes, tokenHash } from './secret-token.ts';
import { SignInRefusal } from './sign-in-refusal.ts';

const linkSchema = z.strictObject({
  v: z.literal(1),
  person: corePersonIdSchema,
  /** Of the person when it was made: an earlier link is dead as soon as there is a later one. */
  generation: z.int().nonnegative(),
  expiresAt: timeSchema,
});
type LinkDoc = z.infer<typeof linkSchema> & Doc;

const PREFIX = 'link:';
export const EVERY_LINK = { start: PREFIX, end: 'link;' } as const;
const HOUR_MS = 60 * 60_000;
const LINK_HOURS = 24;

export interface SignInLink {
  readonly link: string;
  readonly expiresAt: string;
}

export interface SignInLinks {
  create(person: string, generation: number, validHours?: number): Promise<SignInLink>;
  /** Uses it up. @throws SignInRefusal ENR-PPL-006 when it was used, has expired, or never was. */
  use(link: string): Promise<{ readonly person: string; readonly generation: number }>;
  /** Removes those that have expired. */
  sweep(signal?: AbortSignal): Promise<number>;
}

export function openSignInLinks(database: Database, now: () => Date, random?: RandomBytes): SignInLinks {
  const hasExpired = ({ expiresAt }: { readonly expiresAt: string }): boolean =>
    Date.parse(expiresAt) <= now().getTime();
  return {
    create: async (person, generation, validHours = LINK_HOURS) => {
      const link = newToken(random);
      const expiresAt = new Date(now().getTime() + validHours * HOUR_MS).toISOString();
      const doc = { _id: `${PREFIX}${tokenHash(link)}`, v: 1, person, generation, expiresAt } as Doc;
      const [result] = await database.write([doc]);
      if (!result?.ok) throw new Error('A link of this token is there already.');
      return { link, expiresAt };
    },
    use: async (link) => {
      const doc = isToken(link) ? await database.get<LinkDoc>(`${PREFIX}${tokenHash(link)}`) : undefined;
      if (!doc) throw new SignInRefusal('ENR-PPL-006');
      const { _id, _rev, ...body } = doc;
      const { person, generation, expiresAt } = linkSchema.parse(body);
      const [result] = await database.write([{ _id, _rev, _deleted: true }]);
      if (!result?.ok || hasExpired({ expiresAt })) throw new SignInRefusal('ENR-PPL-006', { person });
      return { person, generation };
    },
    sweep: async (signal) => {
      let swept = 0;
      for await (const page of pages<LinkDoc>(database, EVERY_LINK)) {
        if (signal?.aborted) break;
        const expired = page.filter(hasExpired);
        if (expired.length > 0) await database.write(expired.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
        swept += expired.length;
      }
      return swept;
    },
  };
}
