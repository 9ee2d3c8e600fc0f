/** A process of the test's own that answers what it is asked, until it is killed. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { basename } from 'node:path';

interface Answer {
  readonly id: number;
  readonly answer?: unknown;
  readonly failure?: string;
}

/** In the child: answers by name, and says that it is ready. It ends when whoever asks is gone. */
export function answer(wishes: Readonly<Record<string, () => Promise<unknown>>>): void {
  process.once('disconnect', () => process.exit(0));
  process.on('message', ({ id, name }: { id: number; name: string }) => {
    const wish = wishes[name] ?? (() => Promise.reject(new Error(`nobody answers ${name}`)));
    wish().then(
      (found) => process.send?.({ id, answer: found }),
      (error: unknown) => process.send?.({ id, failure: String(error) }),
    );
  });
  process.send?.({ id: 0 });
}

export interface AskedProcess {
  /** Rejects when it ends before. */
  readonly ready: Promise<void>;
  /** @throws Error when it ends before it has answered, or can't. */
  ask(name: string): Promise<unknown>;
  /** Stops it, or lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** With SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface ToStart {
  readonly program: string;
  readonly args: readonly string[];
  /** What it writes to its terminal is appended there. */
  readonly outputPath: string;
  /** Told when it ends in any other way than by being killed. */
  readonly onCrash: (how: string) => void;
}

export function startAsked({ program, args, outputPath, onCrash }: ToStart): AskedProcess {
  const output = openSync(outputPath, 'a');
  const child = fork(program, args, { stdio: ['ignore', output, output, 'ipc'] });
  closeSync(output);
  const waiting = new Map<number, (answer: Answer) => void>();
  child.on('message', (message: Answer) => waiting.get(message.id)?.(message));
  let killed = false;
  const ended = once(child, 'exit').then(([code, signal]) => {
    const how = `${basename(program)} ended by itself (${code ?? signal}): see ${outputPath}`;
    if (!killed) onCrash(how);
    return how;
  });
  const tooSoon = ended.then((how) => Promise.reject(new Error(how)));
  tooSoon.catch(() => undefined);
  const ready = Promise.race([new Promise<void>((resolve) => waiting.set(0, () => resolve())), tooSoon]);
  ready.catch(() => undefined);
  let asked = 0;
  return {
    ready,
    ask: (name) => {
      asked += 1;
      const id = asked;
      const found = new Promise((resolve, reject) => {
        waiting.set(id, ({ answer: value, failure }) => {
          waiting.delete(id);
          if (failure === undefined) resolve(value);
          else reject(new Error(failure));
        });
        child.send({ id, name }, (error) => error && reject(error));
      });
      return Promise.race([found, tooSoon]);
    },
    signal: (signal) => void child.kill(signal),
    kill: async () => {
      killed = true;
      child.kill('SIGKILL');
      await ended;
    },
  };
}
