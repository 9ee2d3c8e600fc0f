/** Builds the pages that the core and the window show, when they are missing or their sources have changed. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

const root = join(import.meta.dirname, '..');
const marker = join(root, 'node_modules', '.enroute-built');

/** Each page's configuration, and what it is made from. */
const PAGES = [
  { config: 'core/console/vite.config.ts', index: 'core/console/dist/index.html' },
  { config: 'electron-app/vite.config.ts', index: 'electron-app/dist/renderer/index.html' },
];
const SOURCES = [
  'core/console',
  'core/ops',
  'core/people/person.ts',
  'core/stations/station-rights.ts',
  'electron-app',
  'shared',
  'package-lock.json',
];
const LEFT_OUT = new Set(['dist', 'node_modules']);

function* filesIn(path) {
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) if (!LEFT_OUT.has(name)) yield* filesIn(join(path, name));
}

const hash = createHash('sha256');
for (const source of SOURCES)
  for (const file of filesIn(join(root, source))) hash.update(file).update(readFileSync(file));
const wanted = hash.digest('hex');

const upToDate = existsSync(marker) && readFileSync(marker, 'utf8') === wanted;
const complete = PAGES.every(({ index }) => existsSync(join(root, index)));
if (!upToDate || !complete || process.argv.includes('--force')) {
  process.stderr.write('Building the pages …\n');
  for (const { config } of PAGES) await build({ configFile: join(root, config), logLevel: 'warn' });
  writeFileSync(marker, wanted);
}
