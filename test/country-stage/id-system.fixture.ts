/** An ID system that a country has had for long: persons in a file of its own, asked over HTTP, up or down as a test wants. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { onTestFinished } from 'vitest';
import { type Question, registerService, sendAnswer } from './country/register-service.ts';

export const SECRET = 'what the core and the register share';

export type Standing = 'alive' | 'dead' | 'unknown';

export interface IdSystem {
  /** Where it listens, or will. */
  readonly port: number;
  /** Every question that came through, in order. */
  readonly asked: readonly Question[];
  /** From now on it says that it will answer by itself. @param before what it does before it says so */
  answerLater(before?: () => Promise<void>): void;
  /** Sends the core what it owes. @returns the status of each answer */
  sendOwed(gateway: string, times?: number): Promise<number[]>;
  up(): Promise<void>;
  down(): Promise<void>;
}

/** @param standings by date of birth: the one thing that distinguishes the invented people of a test */
export async function openIdSystem(standings: Readonly<Record<string, Standing>>): Promise<IdSystem> {
  const folder = await mkdtemp(join(quickTmpdir(), 'id-system-'));
  const store = join(folder, 'persons.json');
  await writeFile(store, JSON.stringify(standings));
  const persons = JSON.parse(await readFile(store, 'utf8')) as Record<string, Standing>;
  const asked: Question[] = [];
  const owed = new Map<string, object>();
  let isLater = false;
  let beforeWait = async (): Promise<void> => {};
  let port = 0;
  let server: Server | undefined;

  const answerTo = async (question: Question): Promise<object> => {
    asked.push(question);
    const answer = answerOf(persons[question.identity.dateOfBirth ?? ''] ?? 'unknown');
    if (!isLater) return answer;
    owed.set(question.key, answer);
    await beforeWait();
    return { outcome: 'wait' };
  };
  const up = async (): Promise<void> => {
    const starting = registerService(SECRET, answerTo);
    await new Promise<void>((resolve) => starting.listen(port, '127.0.0.1', resolve));
    port = (starting.address() as AddressInfo).port;
    server = starting;
  };
  const down = async (): Promise<void> => {
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    server = undefined;
  };
  await up();
  onTestFinished(async () => {
    await down();
    await rm(folder, { recursive: true });
  });
  return {
    get port() {
      return port;
    },
    asked,
    answerLater: (before = beforeWait) => {
      beforeWait = before;
      isLater = true;
    },
    sendOwed: async (gateway, times = 1) => {
      const statuses: number[] = [];
      for (const [key, answer] of owed)
        for (let time = 0; time < times; time++) statuses.push(await sendAnswer(gateway, { key, ...answer }, SECRET));
      return statuses;
    },
    up,
    down,
  };
}

function answerOf(standing: Standing): object {
  if (standing === 'dead') return { outcome: 'reject', code: 'UT-CIV-014' };
  if (standing === 'unknown') return { outcome: 'branch', branch: 'not-recorded', facts: { recordFound: false } };
  return { outcome: 'next', facts: { recordFound: true } };
}
