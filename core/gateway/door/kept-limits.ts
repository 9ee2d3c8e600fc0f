/**
 * Keeps what is spent of the rate limits over a restart: whoever guesses at passwords does not begin anew because the
 * process does. Every few seconds, when something has changed, and at the end; what a crash forgets are those seconds.
 * What a gateway has kept that never came back is removed by the next start of any, when nothing of it counts any more.
 */
import type { Logger } from 'pino';
import { z } from 'zod';
import { pages } from '../../store/pages.ts';
import type { Database, Doc, Stored } from '../../store/store.ts';
import type { RateLimits } from './rate-limits.ts';

export interface KeptLimitsOptions {
  readonly limits: RateLimits;
  readonly database: Database;
  /** Which gateway this is, the same after a restart: each keeps its own. */
  readonly name: string;
  readonly log: Logger;
  readonly everyMs?: number;
}

const EVERY_MS = 5_000;
/** Of each kind of share, those that have taken most: together less than 300 KB. */
const MOST_KEPT = 300;

const PREFIX = 'gateway:';

const keptSchema = z.object({
  _rev: z.string(),
  spent: z.record(z.string(), z.array(z.object({ key: z.string(), value: z.number(), expiresAt: z.number() }))),
});

/** Takes up what was kept, and keeps it from now on. @returns writes it once more and ends it */
export async function keepLimits(options: KeptLimitsOptions): Promise<() => Promise<void>> {
  const { limits, database, name, log, everyMs = EVERY_MS } = options;
  const _id = `${PREFIX}${name}`;
  const before = keptSchema.safeParse(await database.get<Doc>(_id));
  if (before.success) limits.restore(before.data.spent);
  await removeSpent(database).catch((error) => log.warn({ err: error }, 'rate limits: not tidied up'));

  let kept = '';
  const keep = async (): Promise<void> => {
    const spent = limits.spent(MOST_KEPT);
    const present = JSON.stringify(spent);
    if (present === kept) return;
    const stored = await database.get<Doc>(_id);
    const doc: Doc & { spent: typeof spent } = { _id, ...(stored && { _rev: stored._rev }), spent };
    const [result] = await database.write([doc]);
    if (!result?.ok) throw new Error(`rate limits: ${result?.reason}`);
    kept = present;
  };
  let writing = Promise.resolve();
  const timer = setInterval(() => {
    writing = writing.then(keep).catch((error) => log.warn({ err: error }, 'rate limits: not kept this time'));
  }, everyMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await writing;
    await keep().catch((error) => log.warn({ err: error }, 'rate limits: not kept at the end'));
  };
}

/** Of a gateway that is at work nothing is lost by it: it writes what counts the next time that it does. */
async function removeSpent(database: Database): Promise<void> {
  const now = Date.now();
  const isSpent = (doc: Stored<Doc>): boolean => {
    const kept = keptSchema.safeParse(doc);
    return kept.success && !Object.values(kept.data.spent).some((all) => all.some(({ expiresAt }) => expiresAt > now));
  };
  for await (const page of pages<Doc>(database, { start: PREFIX, end: 'gateway;' })) {
    const spent = page.filter(isSpent);
    if (spent.length > 0) await database.write(spent.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
  }
}
