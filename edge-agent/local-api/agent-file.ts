/**
 * `agent.json` in the station's folder: where the running agent is asked. It holds no secret, and it may be stale: an
 * agent that was killed leaves it behind.
 */
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { removeDurably, writeDurably } from '@enroute/sync/disk/durable-file.ts';
import { z } from 'zod';

const FILE = 'agent.json';
const CONNECT_MS = 1_000;

const agentSchema = z.strictObject({
  v: z.literal(1),
  pid: z.int().positive(),
  /** Loopback only: nobody is sent a password elsewhere. */
  url: z.url({ protocol: /^http$/, hostname: /^127\.0\.0\.1$/ }),
});

/** @param url of the local API */
export async function writeAgentFile(folder: string, url: string): Promise<void> {
  const agent: z.infer<typeof agentSchema> = { v: 1, pid: process.pid, url };
  await writeDurably(join(folder, FILE), Buffer.from(`${JSON.stringify(agent)}\n`));
}

export function removeAgentFile(folder: string): Promise<void> {
  return removeDurably(join(folder, FILE));
}

/**
 * @returns the local API's address while a process of that number lives and somebody listens there; undefined otherwise. Who
 *   it is has to be proven: another program may have got the number or the port.
 */
export async function findAgent(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, FILE), 'utf8').catch(() => undefined);
  const agent = agentSchema.safeParse(parsed(text));
  if (!agent.success || !isAlive(agent.data.pid)) return undefined;
  return (await isListening(new URL(agent.data.url))) ? agent.data.url : undefined;
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It lives, and is another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function isListening({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: CONNECT_MS });
    const end = (answers: boolean) => (): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
