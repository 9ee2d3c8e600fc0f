/** Where a command speaks and what it is given: the process's own, or a test's. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { ExitCode } from './exit-codes.ts';

export interface Terminal {
  /** Results. */
  out(text: string): void;
  /** What is said beside them: warnings, failures, progress. */
  err(text: string): void;
  /** Where a progress bar may be drawn; undefined when nobody is looking. */
  readonly screen: NodeJS.WriteStream | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => Date;
  /** Asks for a secret without showing it; undefined when nobody is there to be asked. */
  readonly askSecret: ((question: string) => Promise<string>) | undefined;
  /** The standard input to its end, at most so many characters; undefined where there is none. */
  readonly readInput?: (maxCharacters: number) => Promise<string>;
  /** What the process is to end with when the command has done all that it could. */
  endWith(code: ExitCode): void;
  /** Resolves when the process is told to end. */
  toldToEnd(): Promise<void>;
}

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  return {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    screen: stderr.isTTY ? stderr : undefined,
    env: process.env,
    now: () => new Date(),
    askSecret: stdin.isTTY && stderr.isTTY ? askSecret : undefined,
    readInput,
    endWith: (code) => {
      process.exitCode = code;
    },
    toldToEnd: () =>
      new Promise((end) => {
        process.once('SIGINT', () => end());
        process.once('SIGTERM', () => end());
      }),
  };
}

async function readInput(maxCharacters: number): Promise<string> {
  let text = '';
  for await (const piece of process.stdin.setEncoding('utf8')) {
    text += piece;
    if (text.length > maxCharacters) break;
  }
  return text.slice(0, maxCharacters);
}

async function askSecret(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
  const aborted = new AbortController();
  reader.once('SIGINT', () => aborted.abort());
  process.stderr.write(question);
  try {
    return await reader.question('', { signal: aborted.signal });
  } catch (error) {
    // Ctrl-C: nothing was entered.
    if (aborted.signal.aborted) return '';
    throw error;
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
}
