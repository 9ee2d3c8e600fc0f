/**
 * Brings what is missing before a command of package.json runs: the dependencies, with the pinned Node among them, and
 * the built pages. Plain JavaScript for any Node from 20 on, because it is what runs before the pinned one is there.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const marker = join(root, 'node_modules', '.enroute-installed');
const [major, minor] = process.versions.node.split('.').map(Number);

/** Node's argon2, type stripping and SQLite are all there from here on. */
const PINNED_MAJOR = 24;
const NEEDED_MINOR = 7;

function run(title, args) {
  // Not on standard output: a command's answer may be redirected into a file.
  process.stderr.write(`${title}\n`);
  // Without a shell: npm's own script, by the Node that runs this.
  const npm = process.env.npm_execpath;
  const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  const result = spawnSync(command, [...first, ...args], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: !npm && process.platform === 'win32',
  });
  if (result.status === 0) return;
  process.stderr.write(`\n${title} failed; what npm said is above. Check the network and try again.\n`);
  process.exit(result.status ?? 1);
}

const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(`${process.platform} ${process.arch}`)
  .digest('hex');

if (!existsSync(marker) || readFileSync(marker, 'utf8') !== wanted) {
  // Not `npm ci`: it refuses the lock file where a registry lacks some other platform's optional package. What is locked
  // is installed as it is locked all the same, and nothing is written back.
  const quietly = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  run('Installing what is missing (once, under a minute) …', ['install', ...quietly]);
  writeFileSync(marker, wanted);
}

const pinned = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
const ownWillDo = major > PINNED_MAJOR || (major === PINNED_MAJOR && minor >= NEEDED_MINOR);
if (!existsSync(pinned) && !ownWillDo) {
  process.stderr.write(
    `There is no pinned Node for ${process.platform} ${process.arch} in the registry, and this Node is ` +
      `${process.version}. Install Node ${PINNED_MAJOR}.${NEEDED_MINOR} or newer and try again.\n`,
  );
  process.exit(1);
}
