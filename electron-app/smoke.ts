/**
 * Starts the real Electron with the built app and asks the window's API a question. Where Electron's binary is not
 * installed it says so loudly and does not fail: not verified is not the same as broken.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { _electron } from 'playwright-core';
import { buildApp } from './build.ts';
import type { StationApi } from './shared-api.ts';

const START_WITHIN_MS = 60_000;

/** Found by looking, never by importing `electron`: that would try to download it. */
function electronBinary(): { readonly path: string } | { readonly missing: string } {
  const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return { missing: pathFile };
  const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist');
  const path = join(dist, readFileSync(pathFile, 'utf8').trim());
  return existsSync(path) ? { path } : { missing: path };
}

async function smoke(executablePath: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-smoke-'));
  const dist = join(import.meta.dirname, 'dist');
  await buildApp(dist, 'silent');
  const app = await _electron.launch({
    executablePath,
    args: [join(dist, 'main.mjs'), `--user-data-dir=${join(folder, 'profile')}`],
    env: {
      ...(process.env as Record<string, string>),
      ENROUTE_STATION_FOLDER: join(folder, 'station'),
      ENROUTE_GATEWAY_URL: 'http://127.0.0.1:9/',
    },
    timeout: START_WITHIN_MS,
  });
  try {
    const window = await app.firstWindow({ timeout: START_WITHIN_MS });
    await window.locator('.banner').waitFor({ timeout: START_WITHIN_MS });
    const answer = await window.evaluate(() => (globalThis as unknown as { station: StationApi }).station.status());
    // There is no station in an empty folder, and the window is to say just that.
    if (answer.ok || answer.code !== 'ENR-STN-004') throw new Error(`unexpected answer ${JSON.stringify(answer)}`);
    const leaked = await window.evaluate(() => 'require' in globalThis || 'process' in globalThis);
    if (leaked) throw new Error('the page can reach Node');
    return window.url();
  } finally {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const binary = electronBinary();
if ('missing' in binary) {
  process.stdout.write(
    `SKIPPED (not verified): the Electron binary is not here (${binary.missing}); run "npx install-electron" where there is a network, then again.\n`,
  );
} else {
  process.stdout.write(`PASSED: ${await smoke(binary.path)} opened in ${binary.path} and its API answered.\n`);
}
