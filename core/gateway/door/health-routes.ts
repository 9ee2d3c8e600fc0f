/** Whether the process lives, and whether it is of use: for whoever watches it or sends it work. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Route } from '../route.ts';
import { refusalBody } from './refuse.ts';

/** What the gateway needs for its work, by the name that is told when it is missing. It names no address and no path. */
export type Needs = Readonly<Record<string, () => Promise<boolean>>>;

export interface HealthOptions {
  readonly needs: Needs;
  /** What has not answered after so long is missing. */
  readonly answerWithinMs?: number;
  /** Whether the gateway is being stopped, and is to be sent nothing more. */
  readonly isDraining: () => boolean;
}

const UP = '/up';
const READY = '/ready';
/** Answered for as long as the process lives, also while it stops. */
export const HEALTH_PATHS: readonly string[] = [UP, READY];

const ANSWER_WITHIN_MS = 2_000;
/** However many ask, what is needed is looked at once a second. */
const LOOK_EVERY_MS = 1_000;

export function healthRoutes({
  needs,
  answerWithinMs = ANSWER_WITHIN_MS,
  isDraining,
}: HealthOptions): readonly Route[] {
  const missing = atMostEvery(LOOK_EVERY_MS, () => missingOf(needs, answerWithinMs));
  const open = { kind: 'json', method: 'GET', access: { by: 'anyone' }, rate: 'health' } as const;
  return [
    { ...open, path: UP, answer: async () => ({ body: { ok: true } }) },
    {
      ...open,
      path: READY,
      answer: async () => {
        const lacking = isDraining() ? ['draining'] : await missing();
        if (lacking.length === 0) return { body: { ok: true } };
        return { status: 503, body: { ...refusalBody('ENR-WEB-011'), missing: lacking } };
      },
    },
  ];
}

async function missingOf(needs: Needs, answerWithinMs: number): Promise<string[]> {
  const looked = await Promise.all(
    Object.entries(needs).map(async ([name, isThere]) => ((await inTime(isThere, answerWithinMs)) ? [] : [name])),
  );
  return looked.flat();
}

/** What fails is missing, and so is what does not answer. */
async function inTime(isThere: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const enough = new AbortController();
  const late = sleep(withinMs, false, { signal: enough.signal }).catch(() => false);
  const there = isThere().catch(() => false);
  return Promise.race([there, late]).finally(() => enough.abort());
}

function atMostEvery<T>(everyMs: number, look: () => Promise<T>): () => Promise<T> {
  let seen: { readonly atMs: number; readonly what: Promise<T> } | undefined;
  return () => {
    const atMs = performance.now();
    if (!seen || atMs - seen.atMs >= everyMs) seen = { atMs, what: look() };
    return seen.what;
  };
}
