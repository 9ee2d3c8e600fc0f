/** A station in a process of its own, whose every word is kept, and files to search. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { onTestFinished } from 'vitest';
import { findIn, type Needle } from './needles.ts';
import { SECRETS } from './planted.ts';
import type { Wishes } from './station-process.ts';

export interface StationProcess extends Wishes {
  /** Everything that it has written to its terminal. */
  readonly said: () => Buffer;
  /** Has Node write a diagnostic report. */
  report(): void;
  /** @returns its exit code. */
  ended(): Promise<number | null>;
}

const REPORT_SIGNAL = 'SIGUSR2';

export async function startStationProcess(
  folder: string,
  gatewayUrl: string,
  reportsFolder: string,
): Promise<StationProcess> {
  const child = fork(join(import.meta.dirname, 'station-process.ts'), [folder, gatewayUrl], {
    env: { ...process.env, ...SECRETS },
    execArgv: [
      '--report-uncaught-exception',
      '--report-on-signal',
      `--report-signal=${REPORT_SIGNAL}`,
      `--report-directory=${reportsFolder}`,
    ],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => said.push(data));
  const exit = once(child, 'exit');
  const waiting = new Map<number, (message: { answer?: unknown; failure?: string }) => void>();
  child.on('message', (message: { id: number; answer?: unknown; failure?: string }) =>
    waiting.get(message.id)?.(message),
  );
  await Promise.race([
    new Promise<void>((resolve) => waiting.set(0, () => resolve())),
    exit.then(() => Promise.reject(new Error(Buffer.concat(said).toString()))),
  ]);
  let asked = 0;
  const ask = (name: keyof Wishes, ...args: unknown[]): Promise<never> =>
    new Promise((resolve, reject) => {
      asked += 1;
      waiting.set(asked, ({ answer, failure }) => (failure ? reject(new Error(failure)) : resolve(answer as never)));
      child.send({ id: asked, name, args });
    });
  return {
    localApi: () => ask('localApi'),
    enrol: (index) => ask('enrol', index),
    saveDraft: (index) => ask('saveDraft', index),
    review: (rid) => ask('review', rid),
    queue: () => ask('queue'),
    uin: (rid) => ask('uin', rid),
    signInWrongly: () => ask('signInWrongly'),
    crash: () => ask('crash'),
    said: () => Buffer.concat(said),
    report: () => child.kill(REPORT_SIGNAL),
    ended: async () => (await exit)[0],
  };
}

/** @returns what was found where, in file names too. */
export async function findInFolder(folder: string, needles: readonly Needle[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of await filesIn(folder)) {
    const name = relative(folder, path);
    const content = Buffer.concat([Buffer.from(`${name}\n`), await readFile(path)]);
    for (const what of findIn(content, needles)) found.push(`${name}: ${what}`);
  }
  return found;
}

export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}
