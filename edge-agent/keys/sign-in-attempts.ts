/**
 * How often sign-in of a person has failed in a row, and until when it is locked therefore. One small file per person.
 *
 * A try is counted, durably, before the password is looked at: whoever kills the process or pulls the plug has spent it.
 * Only a right password takes the count back. The rules of the lock are functions of the count and the time; they hold
 * within one process, while two that sign in the same person at the same instant may count two tries as one.
 */
import { readFile } from 'node:fs/promises';
import { lockMsAfter, TRIES_BEFORE_LOCK } from '@enroute/shared/policy/sign-in-lock.ts';
import { timeSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { removeDurably, writeDurably } from '@enroute/sync/disk/durable-file.ts';
import { z } from 'zod';

/** More than the longest lock needs; a count has an end, too. */
const MAX_COUNT = 1_000;

const attemptsSchema = z.strictObject({
  v: z.literal(1),
  /** Tries since the last right password. */
  count: z.int().min(1).max(MAX_COUNT),
  /** When the last of them was counted, or when it was noticed that the clock had been set back behind that. */
  at: timeSchema,
});

type Attempts = z.infer<typeof attemptsSchema>;

function lockedUntil({ count, at }: Attempts): Date {
  return new Date(Date.parse(at) + lockMsAfter(count));
}

/**
 * The same attempts by a clock that may have been set back meanwhile: a lock that began in what is the future now
 * begins now. So it neither ends early nor lasts longer than it would have.
 */
function asSeenAt(now: Date, attempts: Attempts): Attempts {
  return Date.parse(attempts.at) > now.getTime() ? { ...attempts, at: now.toISOString() } : attempts;
}

/**
 * Counts a try that is about to be made. When this returns, the count is on the disk.
 * @throws EnrouteError ENR-STN-007 while sign-in is locked (nothing is counted then), ENR-STN-001 or -006 when the disk
 *   does not take the count: no password is tried that was not counted.
 */
export async function countAttempt(path: string, now: Date): Promise<void> {
  const known = await readAttempts(path, now);
  const attempts = known && asSeenAt(now, known.attempts);
  if (attempts && now.getTime() < lockedUntil(attempts).getTime()) {
    if (!known.stored || attempts !== known.attempts) await writeAttempts(path, attempts);
    throw new EnrouteError('ENR-STN-007', `until ${lockedUntil(attempts).toISOString()}`);
  }
  const count = Math.min((attempts?.count ?? 0) + 1, MAX_COUNT);
  await writeAttempts(path, { v: 1, count, at: now.toISOString() });
}

/** The password was right. */
export async function forgetAttempts(path: string): Promise<void> {
  await removeDurably(path);
}

interface Known {
  readonly attempts: Attempts;
  /** False when the file can't be read and this stands in for it. */
  readonly stored: boolean;
}

/**
 * A damaged file counts as the tries before the first lock, all of them just now: it gives no try away, and it locks for
 * the shortest time, since a disk may have damaged it.
 */
async function readAttempts(path: string, now: Date): Promise<Known | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw notCounted(error);
  });
  if (text === undefined) return undefined;
  const attempts = parseAttempts(text);
  if (attempts) return { attempts, stored: true };
  return { attempts: { v: 1, count: TRIES_BEFORE_LOCK, at: now.toISOString() }, stored: false };
}

function parseAttempts(text: string): Attempts | undefined {
  try {
    return attemptsSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function writeAttempts(path: string, attempts: Attempts): Promise<void> {
  await writeDurably(path, Buffer.from(`${JSON.stringify(attempts)}\n`)).catch((error: NodeJS.ErrnoException) => {
    throw notCounted(error);
  });
}

function notCounted(cause: NodeJS.ErrnoException): EnrouteError {
  const code = cause.code === 'ENOSPC' || cause.code === 'EDQUOT' ? 'ENR-STN-001' : 'ENR-STN-006';
  return new EnrouteError(code, 'the sign-in can not be counted', cause);
}
