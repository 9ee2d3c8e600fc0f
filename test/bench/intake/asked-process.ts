/**
 * A process of a bench that does what it is asked, one question after the other. Gateway, writers and stations have one of
 * their own, so that what one computes or holds is not counted as another's.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';

export interface AskedProcess {
  /** @throws Error when it fails, or ends before it has answered. */
  ask<T>(question: string, about: unknown, answer: z.ZodType<T>): Promise<T>;
  /** Processor time of all its threads since it began, in milliseconds. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

const questionSchema = z.object({ nth: z.int(), question: z.string(), about: z.unknown() });
const answerSchema = z.object({ nth: z.int(), answer: z.unknown(), failure: z.string().optional() });

export function startAsked(program: string, args: readonly string[] = []): AskedProcess {
  const child = fork(program, args, { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  const ask: AskedProcess['ask'] = async (question, about, answer) => {
    asked += 1;
    const asker = Promise.withResolvers<unknown>();
    waiting.set(asked, asker);
    child.send({ nth: asked, question, about: about ?? null });
    return answer.parse(await asker.promise);
  };
  child.on('message', (message) => {
    const { nth, answer, failure } = answerSchema.parse(message);
    const asker = waiting.get(nth);
    waiting.delete(nth);
    if (failure === undefined) asker?.resolve(answer);
    else asker?.reject(new Error(`${program}: ${failure}`));
  });
  void ended.then(([code, signal]) => {
    for (const asker of waiting.values()) asker.reject(new Error(`${program} has ended: ${code ?? signal}`));
  });
  return {
    ask,
    cpuMs: () => ask('cpu', undefined, z.number()),
    stop: async () => {
      child.disconnect();
      await ended;
    },
  };
}

/** For the process itself. It ends, after `atEnd`, when nobody is there to ask any more. */
export function answerAsked(
  answers: Readonly<Record<string, (about: unknown) => unknown>>,
  atEnd: () => Promise<void> = async () => undefined,
): void {
  const all: typeof answers = { cpu: cpuMs, ...answers };
  process.on('message', async (message) => {
    const { nth, question, about } = questionSchema.parse(message);
    try {
      process.send?.({ nth, answer: (await all[question]?.(about)) ?? null });
    } catch (error) {
      process.send?.({ nth, answer: null, failure: error instanceof Error ? error.message : String(error) });
    }
  });
  process.once('disconnect', () => void atEnd().finally(() => process.exit()));
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Now, by a clock that the processes of one machine share, in milliseconds. */
export function sharedNow(): number {
  return performance.timeOrigin + performance.now();
}
