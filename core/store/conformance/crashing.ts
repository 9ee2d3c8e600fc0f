/** What the port promises those whose process dies: nothing that was acknowledged is lost, and no change is missed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { type Counter, type Effect, follow } from './following.ts';
import { EVERYTHING, type Harness, ids, onFatal, type Place } from './harness.ts';

const ROUNDS = 2;
const LONGEST_LIFE_MS = 400;

export function crashBehaviour(harness: Harness): void {
  describe('a process that dies at any moment', () => {
    test('leaves what it acknowledged, and its feed goes on without a gap, in order', { timeout: 60_000 }, async () => {
      const place = await harness.place();
      try {
        const acknowledged = new Map<string, number>();
        for (let round = 0; round < ROUNDS; round += 1) {
          for (const [id, n] of await runUntilKilled(place)) acknowledged.set(id, n);
        }
        const store = await openStore({ ...place.options, onFatal });
        await follow(store, 0);
        const counters = await (await store.database('counters')).range<Counter>(EVERYTHING);
        const effects = await (await store.database('effects')).getMany<Effect>(ids(counters));
        await store.close();
        const counted = new Map(counters.map(({ _id, n }) => [_id, n]));
        expect(acknowledged.size).toBeGreaterThan(0);
        for (const [id, n] of acknowledged) expect(counted.get(id)).toBeGreaterThanOrEqual(n);
        const seen = new Map(effects.map((effect) => [effect._id, effect.seen]));
        for (const [id, n] of counted) expect(seen.get(id)?.at(-1)).toBe(n);
        // A batch may be carried out again, but never what is older than what was carried out before.
        for (const list of seen.values()) expect(list).toEqual(list.toSorted((a, b) => a - b));
      } finally {
        await place.dispose();
      }
    });
  });
}

/** @returns what the child printed before it was killed: the last number that was acknowledged of each counter. */
async function runUntilKilled(place: Place): Promise<Map<string, number>> {
  const script = join(import.meta.dirname, 'follow-until-killed.ts');
  const args = [script, JSON.stringify(place.options)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    printed += text;
  });
  await once(child.stdout, 'data');
  await sleep(Math.random() * LONGEST_LIFE_MS);
  child.kill('SIGKILL');
  await once(child, 'close');
  // The last line may be half a line.
  const lines = printed.split('\n').slice(0, -1);
  return new Map(lines.map((line) => line.split(' ')).map(([id = '', n]) => [id, Number(n)]));
}
