import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { openTestVault } from './kill.fixture.ts';
import { allOf } from './vault.conformance.ts';
import { isSound } from './vault.ts';

const VICTIM = join(import.meta.dirname, 'publish-until-killed.ts');
const ROUNDS = 2;
const LATEST_KILL_MS = 400;

/** @returns the digests that it said it had published before it was killed. */
async function publishUntilKilled(kind: string, folder: string): Promise<string[]> {
  const victim = spawn(process.execPath, [VICTIM, kind, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  const lines = createInterface(victim.stdout);
  const read = once(lines, 'close');
  const began = Promise.withResolvers<void>();
  lines.on('line', (line) => {
    said.push(line);
    if (said.length > 1) began.resolve();
  });
  // However slow the machine is: it has published one, and is at the next.
  await Promise.race([began.promise, read]);
  setTimeout(() => victim.kill('SIGKILL'), Math.random() * LATEST_KILL_MS);
  await read;
  return said.slice(1);
}

test.each(['disk', 'store'])(
  'a vault (%s) that is killed while it publishes has all that it told, and nothing half',
  async (kind) => {
    const folder = await mkdtemp(join(tmpdir(), 'enroute-vault-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const told: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      told.push(...(await publishUntilKilled(kind, folder)));
      const { vault, close } = await openTestVault(kind, folder);
      const there = await allOf(vault.digests());
      for (const digest of there) expect(await isSound(vault, digest), digest).toBe(true);
      expect(there).toEqual(expect.arrayContaining(told));
      await close();
    }
    expect(told.length).toBeGreaterThan(0);
  },
  30_000,
);
