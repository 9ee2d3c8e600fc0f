/** Runs a part of a bench in a process of its own: with a memory, an environment and flags that nothing else has touched. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { z } from 'zod';

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

export interface Child<T> {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** What it prints, as JSON, when it is done. */
  readonly prints: z.ZodType<T>;
}

/** @throws Error when it fails or prints something else; what it said of that is in the message. */
export async function resultOf<T>({ program, args, env = {}, prints }: Child<T>): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program, ...args], {
    env: { ...process.env, ...env },
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return prints.parse(JSON.parse(stdout));
}
