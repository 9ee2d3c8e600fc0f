/** A link manager in a test's hands: time, chance, plan and addresses are the test's, and so is how each request ends. */
import type { LinkPlan } from '@enroute/shared/schemas/link-plan.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { onTestFinished, vi } from 'vitest';
import { Refusal } from './answer.ts';
import type { Passage, Plane } from './link.ts';
import { LinkError } from './link-error.ts';
import { LinkManager } from './link-manager.ts';
import type { LinkStatus } from './link-status.ts';

const DENIED_MS = 300_000;

/** A caller, and its request once it was let go. */
export interface Caller {
  readonly passage: Passage | undefined;
  /** How the caller was told that it ended; undefined while it waits. */
  readonly told: 'done' | Error | undefined;
  answer(): Promise<void>;
  fail(): Promise<void>;
  refuse(code: StatusCode, status: number, retryAfterMs?: number): Promise<void>;
  giveUp(): Promise<void>;
}

export interface TestLink {
  readonly link: LinkManager;
  readonly changes: LinkStatus[];
  readonly world: { plan: LinkPlan; addresses: string; random: number; sentBytes: number; contacts: number };
  call(plane: Plane): Caller;
  pass(ms: number): Promise<void>;
}

export const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

/** Noon of a local day. Needs `vi.useFakeTimers()`. */
export function openTestLink(plan: LinkPlan = {}): TestLink {
  vi.setSystemTime(new Date(2026, 2, 1, 12));
  const world = { plan, addresses: 'eth0 10.0.0.7', random: 1, sentBytes: 0, contacts: 0 };
  const changes: LinkStatus[] = [];
  const link = new LinkManager({
    backOff: { baseMs: 1_000, capMs: 60_000 },
    deniedMs: DENIED_MS,
    plan: () => world.plan,
    sent: {
      bytes: () => world.sentBytes,
      add: (bytes) => {
        world.sentBytes += bytes;
      },
    },
    addresses: () => world.addresses,
    now: () => new Date(),
    random: () => world.random,
    onChange: (status) => changes.push(status),
    onContact: () => {
      world.contacts += 1;
    },
  });
  onTestFinished(() => link.stop());
  return {
    link,
    changes,
    world,
    call: (plane) => callOn(link, plane),
    pass: async (ms) => void (await vi.advanceTimersByTimeAsync(ms)),
  };
}

/** One on which the core has answered. */
export async function openOnline(plan: LinkPlan = {}): Promise<TestLink> {
  const scene = openTestLink(plan);
  const first = scene.call('control');
  await settled();
  await first.answer();
  return scene;
}

function callOn(link: LinkManager, plane: Plane): Caller {
  const stop = new AbortController();
  const ending = Promise.withResolvers<void>();
  ending.promise.catch(() => undefined);
  let passage: Passage | undefined;
  let told: Caller['told'];
  const done = link.use(plane, stop.signal, (given) => {
    passage = given;
    // As a request does: it ends with a failure of the link when it is called off.
    given.signal.addEventListener('abort', () => ending.reject(new LinkError('called off')));
    return ending.promise;
  });
  done.then(
    () => {
      told = 'done';
    },
    (error: Error) => {
      told = error;
    },
  );
  const end = async (how: () => void): Promise<void> => {
    how();
    await settled();
  };
  return {
    get passage() {
      return passage;
    },
    get told() {
      return told;
    },
    answer: () => end(() => ending.resolve()),
    fail: () => end(() => ending.reject(new LinkError('cut'))),
    refuse: (code, status, retryAfterMs) => end(() => ending.reject(new Refusal(code, status, retryAfterMs))),
    giveUp: () => end(() => stop.abort(new Error('given up'))),
  };
}
