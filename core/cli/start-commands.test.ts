/** The processes that run until they are told to stop, as whoever supervises them sees them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeQuickKeys } from '../quick-keys.fixture.ts';
import { deleteCouchDatabases } from '../store/couchdb/test-server.ts';
import { gatewayCommand, workerCommand } from './start-commands.ts';

const PASSPHRASE = 'a passphrase for tests';
const ENROUTE = join(import.meta.dirname, '..', '..', 'bin', 'enroute.ts');
const couchdbUrl = process.env.COUCHDB_URL;
const reason = couchdbUrl ? '' : ' (skipped: COUCHDB_URL is not set)';

let folder: string;
let config: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enroute-start-'));
  config = join(folder, 'core.yaml');
  await makeQuickKeys(folder, PASSPHRASE);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Resolves with the first line that it says. */
async function start(command: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const env = { ...process.env, COUCHDB_URL: undefined, ENROUTE_CORE_PASSPHRASE: PASSPHRASE, ...environment };
  const child = spawn(process.execPath, [ENROUTE, ...command], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    ended.then((code) => Promise.reject(new Error(`It ended with ${code}.`))),
  ])) as [string];
  return { child, line, ended };
}

/** A request that is never whole, so the gateway has something to wait for; it is under way when this resolves. */
async function hangOn(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const head = ['POST /enrolments HTTP/1.1', 'Host: x', 'Content-Type: application/json', 'Content-Length: 9'];
  socket.write([...head, 'Expect: 100-continue', '', ''].join('\r\n'));
  const [interim] = (await once(socket, 'data')) as [Buffer];
  expect(interim.toString()).toContain('100 Continue');
}

async function logged(message: string): Promise<void> {
  const text = (): Promise<string> => readFile(join(folder, 'core.log'), 'utf8');
  await expect.poll(text, { timeout: 10_000 }).toContain(message);
}

describe('a process that is told to stop', () => {
  it('ends at once when it is told a second time, with 1', async () => {
    await writeFile(config, 'folder: .\ngateway: { port: 0, drainSeconds: 60 }\n');
    const { child, line, ended } = await start(['core', 'start', '--config', config]);
    await hangOn(line.replace('gateway', '').trim());
    child.kill('SIGTERM');
    await logged('"stopping"');
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
  });

  it('ends by itself when nothing is under way, with 0', async () => {
    const { child, ended } = await start(['core', 'start', '--folder', folder]);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    await logged('"stopped"');
  });
});

describe('a gateway or worker alone', () => {
  it.each([gatewayCommand, workerCommand])('refuses to start on the embedded store', async (commandOf) => {
    await writeFile(config, 'folder: .\n');
    process.env.ENROUTE_CORE_PASSPHRASE = PASSPHRASE;
    const command = commandOf({ say: () => undefined, warn: () => undefined }).exitOverride();
    const running = command.parseAsync(['--config', config], { from: 'user' });
    await expect(running).rejects.toMatchObject({ code: 'ENR-CFG-004' });
  });

  it.skipIf(!couchdbUrl)(`runs on a CouchDB by its configuration, and ends with 0${reason}`, async () => {
    const { username, password, origin } = new URL(couchdbUrl ?? '');
    const prefix = `start-${randomBytes(4).toString('hex')}-`;
    const store = `store: { kind: couchdb, url: "${origin}/", prefix: ${prefix} }`;
    await writeFile(config, `folder: .\n${store}\nvault: { kind: store }\ngateway: { port: 0 }\n`);
    const secrets = { COUCHDB_USER: username, COUCHDB_PASSWORD: password };
    try {
      const gateway = await start(['gateway', '--config', config], secrets);
      const worker = await start(['worker', '--config', config], secrets);
      expect(gateway.line).toMatch(/^gateway {2}http:/);
      expect(worker.line).toBe('worker   running');
      for (const { child } of [gateway, worker]) child.kill('SIGTERM');
      expect(await Promise.all([gateway.ended, worker.ended])).toEqual([0, 0]);
    } finally {
      await deleteCouchDatabases(couchdbUrl ?? '', prefix);
    }
  });
});
