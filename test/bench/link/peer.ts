/**
 * A process at one end of the measured link. Station, core and whoever they are compared with each have one of their own,
 * so that what one computes does not hold up another, nor the link.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';

/** What such a process tells. */
const wordSchema = z.union([
  /** It listens there. */
  z.object({ url: z.string() }),
  /** It waits for the address of the other end. */
  z.object({ ready: z.literal(true) }),
  /** So many packets are where they belong. */
  z.object({ delivered: z.int() }),
  /** What else was measured. */
  z.object({ measured: z.record(z.string(), z.number()) }),
]);
export type Word = z.infer<typeof wordSchema>;

export interface Peer {
  /** Resolves with the first word for which this gives an answer. @throws Error when the process ends before. */
  hear<T>(answer: (word: Word) => T | undefined): Promise<T>;
  tell(word: Word): void;
  stop(): Promise<void>;
}

/** Tells such a process how much faster than the field its time runs. */
export const COMPRESSION_VARIABLE = 'ENROUTE_BENCH_COMPRESSION';
/** Tells it from which moment on that is so. */
export const CALENDAR_VARIABLE = 'ENROUTE_BENCH_CALENDAR';
const CALENDAR_BEGINS_MS = Date.now();
const HOST_VARIABLE = 'ENROUTE_BENCH_HOST';
const LOOPBACK = '127.0.0.1';
const COMPRESSED_TIME = join(import.meta.dirname, 'compressed-time.ts');

export interface PeerOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly compression: number;
  /** A command that runs the process in surroundings of its own, e.g. in a network namespace. */
  readonly within?: readonly string[];
  /** Where it listens, if it does; on the loopback when left out. */
  readonly host?: string;
}

export function startPeer({ program, args, compression, within = [], host = LOOPBACK }: PeerOptions): Peer {
  const [command = process.execPath, ...before] = [...within, process.execPath];
  const child = fork(program, args, {
    execPath: command,
    execArgv: [...before, '--import', COMPRESSED_TIME],
    env: {
      ...process.env,
      [COMPRESSION_VARIABLE]: String(compression),
      [CALENDAR_VARIABLE]: String(CALENDAR_BEGINS_MS),
      [HOST_VARIABLE]: host,
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const heard: Word[] = [];
  const waiting = new Set<() => void>();
  const ended = once(child, 'exit');
  child.on('message', (message) => {
    heard.push(wordSchema.parse(message));
    for (const look of waiting) look();
  });
  return {
    hear: (answer) =>
      new Promise((resolve, reject) => {
        let next = 0;
        const look = (): void => {
          for (; next < heard.length; next += 1) {
            const word = heard[next];
            const given = word && answer(word);
            if (given === undefined) continue;
            waiting.delete(look);
            resolve(given);
            return;
          }
        };
        waiting.add(look);
        look();
        void ended.then(([code, signal]) => reject(new Error(`${program} has ended: ${code ?? signal}`)));
      }),
    tell: (word) => void child.send(word),
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

// Nobody is there to hear any more.
process.once('disconnect', () => process.exit());

/** For the process itself. */
export function say(word: Word): void {
  process.send?.(word);
}

/** Where this process is to listen. */
export const ownHost: string = process.env[HOST_VARIABLE] ?? LOOPBACK;

/** The address of the other end, once the link is there. */
export async function addressOfTheOtherEnd(): Promise<URL> {
  say({ ready: true });
  const [message] = await once(process, 'message');
  // It goes on for as long as whoever measures it is there.
  process.channel?.ref();
  return new URL(z.object({ url: z.string() }).parse(message).url);
}
