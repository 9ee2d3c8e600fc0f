/** How the gateway says no: the same JSON everywhere, with a code from the one table. */
import { answeredCodeSchema } from '@enroute/shared/schemas/common.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import type { Answer } from './exchange.ts';

/** The core refused. That it did says that the link is up. */
export class Refusal extends EnrouteError {
  readonly status: number;
  /** How long the core asks to be left alone; undefined when it does not ask for that. */
  readonly retryAfterMs: number | undefined;

  constructor(code: StatusCode, status: number, retryAfterMs: number | undefined) {
    super(code, 'answer of the core');
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

const refusalSchema = z.object({
  error: answeredCodeSchema,
  /** Of a refusal that came after the answer's own status had been sent: the end of a poll that was kept alive. */
  status: z.int().min(400).max(599).optional(),
});

/** Statuses that may ask for patience: too many requests, and not available now. */
const PATIENCE = new Set([429, 503]);
/** Whatever the core says, it is asked again within the hour: its word may be a mistake. */
const MAX_RETRY_AFTER_MS = 60 * 60_000;

/** The coded refusal in an answer, or undefined when it is none, or the core did not write it. */
export function refusalIn(answer: Answer): Refusal | undefined {
  try {
    return refusalOf(JSON.parse(answer.body), answer);
  } catch {
    return undefined;
  }
}

/** As {@link refusalIn}, for an answer whose JSON was read. */
export function refusalOf(said: unknown, answer: Answer): Refusal | undefined {
  const refusal = refusalSchema.safeParse(said);
  const status = answer.status < 400 ? refusal.data?.status : answer.status;
  if (!refusal.success || status === undefined) return undefined;
  return new Refusal(refusal.data.error, status, retryAfterMs(status, answer));
}

/** A date is held against the one of the same answer, for the station's own clock may be wrong. */
function retryAfterMs(status: number, { headers }: Answer): number | undefined {
  const value = headers['retry-after'];
  if (value === undefined || !PATIENCE.has(status)) return undefined;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.parse(headers.date ?? '');
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}
