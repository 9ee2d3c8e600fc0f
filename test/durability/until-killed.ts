/** Runs a program that tells of each thing it has saved, and kills it in the middle of its work. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program that is still alive then has hung. */
const HUNG_MS = 20_000;

/**
 * @param afterFirstMs so long after its first word it is killed; absent for a program that dies by itself, at a sync.
 * @returns the lines it printed, a last one that is not whole left out.
 * @throws Error when it ended in any other way than by being killed.
 */
export async function linesUntilKilled(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  afterFirstMs?: number,
): Promise<string[]> {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let hung = false;
  const patience = setTimeout(() => {
    hung = true;
    child.kill('SIGKILL');
  }, HUNG_MS);
  let said = '';
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  if (afterFirstMs !== undefined) {
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), afterFirstMs));
  }
  const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
  clearTimeout(patience);
  if (hung) throw new Error(`${program} hung: ${complaint}`);
  if (signal !== 'SIGKILL') throw new Error(`${program} ended by itself (${code ?? signal}): ${complaint}`);
  return said.split('\n').slice(0, -1);
}
