/**
 * Keeps what is spent of the rate limits over a restart: whoever guesses at passwords does not begin anew because the
 * process does. Every few seconds, when something has changed, and at the end; what a crash forgets are those seconds.
 */
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Database, Doc } from '../../store/store.ts';
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

const keptSchema = z.object({
  _rev: z.string(),
  spent: z.record(z.string(), z.array(z.object({ key: z.string(), value: z.number(), expiresAt: z.number() }))),
});

/** Takes up what was kept, and keeps it from now on. @returns writes it once more and ends it */
export async function keepLimits(options: KeptLimitsOptions): Promise<() => Promise<void>> {
  const { limits, database, name, log, everyMs = EVERY_MS } = options;
  const _id = `gateway:${name}`;
  const before = keptSchema.safeParse(await database.get<Doc>(_id));
  if (before.success) limits.restore(before.data.spent);

  let kept = '';
  const keep = async (): Promise<void> => {
    const spent = limits.spent(MOST_KEPT);
    const present = JSON.stringify(spent);
    if (present === kept) return;
    const stored = await database.get<Doc>(_id);
    const doc: Doc & { spent: typeof spent } = { _id, ...(stored && { _rev: stored._rev }), spent };
    await database.write([doc]);
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
