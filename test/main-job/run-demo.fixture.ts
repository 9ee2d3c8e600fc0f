/** Runs `enroute demo` as a user would: a process of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface DemoRun {
  /** Null when it was killed. */
  readonly exitCode: number | null;
  readonly output: string;
}

const ENROUTE = join(import.meta.dirname, '../../bin/enroute.ts');

/** @param killAfterMs kill -9 it then, if it still runs */
export function runDemo(args: readonly string[], killAfterMs?: number): Promise<DemoRun> {
  return new Promise((resolve, reject) => {
    const { COUCHDB_URL: _, ...environment } = process.env;
    const child = spawn(process.execPath, [ENROUTE, 'demo', '--once', ...args], { env: environment });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.stderr.on('data', (part: Buffer) => parts.push(part));
    const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.on('error', reject);
    child.on('close', (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, output: Buffer.concat(parts).toString('utf8') });
    });
  });
}
