/**
 * What a running station does again and again: one thing after the other, each at its own pace. What fails is told and
 * tried again in a while; a full disk or a crash leaves nothing undone for good.
 */
import type { Logger } from 'pino';

export interface Duty {
  readonly name: string;
  /** 0: with every tick. */
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

/** Does each once, at once, and then goes on doing them. Nobody waits for the first round: the desk opens meanwhile. */
export function startDuties(duties: readonly Duty[], tickMs: number, log: Logger): Duties {
  const doneAt = new Map<string, number>();
  let stopping = false;

  async function perform({ name, work }: Duty): Promise<void> {
    try {
      await work();
      doneAt.set(name, performance.now());
    } catch (error) {
      if (!stopping) log.error({ err: error, work: name }, 'will try again in a while');
    }
  }

  async function round(): Promise<void> {
    for (const duty of duties) {
      if (stopping) return;
      const last = doneAt.get(duty.name);
      const isDue = last === undefined || performance.now() - last >= duty.everyMs;
      if (isDue && (duty.isTime?.() ?? true)) await perform(duty);
    }
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
      if (duty) doing = doing.then(() => (stopping ? undefined : perform(duty)));
    },
    stop: async () => {
      stopping = true;
      clearTimeout(timer);
      await doing;
    },
  };
}
