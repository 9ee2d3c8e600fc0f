/**
 * What a running station does again and again: one thing after the other, each at its own pace. What fails is told and
 * tried again, at first with the next tick and then ever more seldom, down to its own pace; a full disk or a crash
 * leaves nothing undone for good.
 */
import type { Logger } from 'pino';

export interface Duty {
  readonly name: string;
  /** 0: with every tick. Infinity: until it was done once. */
  readonly everyMs: number;
  /** It is passed over, and looked at again with the next tick, while this says no. */
  readonly isTime?: () => boolean;
  readonly work: () => Promise<unknown>;
}

export interface Duties {
  /** Does this one as soon as its turn comes, without waiting for the next tick. */
  soon(name: string): void;
  /** Resolves when what is being done is done. */
  stop(): Promise<void>;
}

/** What is done once and fails is tried again no more seldom than this. */
const MOST_SELDOM_MS = 60 * 60_000;

/** Does each once, at once, and then goes on doing them. Nobody waits for the first round: the desk opens meanwhile. */
export function startDuties(duties: readonly Duty[], tickMs: number, log: Logger): Duties {
  const dueMs = new Map<string, number>();
  const failures = new Map<string, number>();
  const asked = new Set<string>();
  let stopping = false;

  async function perform({ name, everyMs, work }: Duty): Promise<void> {
    try {
      await work();
      failures.delete(name);
      dueMs.set(name, performance.now() + everyMs);
    } catch (error) {
      if (stopping) return;
      log.error({ err: error, work: name }, 'will try again in a while');
      const before = failures.get(name) ?? 0;
      failures.set(name, before + 1);
      // The first time it goes with the next tick, which is one tick away.
      const waitMs = before === 0 ? 0 : tickMs * 2 ** Math.min(before, 30);
      dueMs.set(name, performance.now() + Math.min(waitMs, everyMs, MOST_SELDOM_MS));
    }
  }

  async function round(): Promise<void> {
    for (const duty of duties) {
      if (stopping) return;
      const isDue = performance.now() >= (dueMs.get(duty.name) ?? Number.NEGATIVE_INFINITY);
      if (isDue && (duty.isTime?.() ?? true)) await perform(duty);
    }
  }

  async function performAsked(duty: Duty): Promise<void> {
    // Whoever asks from here on may have more for it to do.
    asked.delete(duty.name);
    if (!stopping) await perform(duty);
  }

  let doing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const tick = (): void => {
    doing = doing.then(round).then(() => {
      // From the end of one round: while one hangs, others must not gather behind it.
      if (!stopping) timer = setTimeout(tick, tickMs);
    });
  };
  tick();
  return {
    soon: (name) => {
      const duty = duties.find((one) => one.name === name);
      if (!duty || asked.has(name)) return;
      asked.add(name);
      doing = doing.then(() => performAsked(duty));
    },
    stop: async () => {
      stopping = true;
      clearTimeout(timer);
      await doing;
    },
  };
}
