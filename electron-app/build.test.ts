/** The built main process, started by Node itself with a made-up `electron` in place of the real one. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildApp } from './build.ts';

/** Inside the repository, so that the built file finds its packages. */
let folder: string;

beforeAll(async () => {
  const ignored = join(import.meta.dirname, 'dist');
  await mkdir(ignored, { recursive: true });
  folder = await mkdtemp(join(ignored, 'test-'));
  await buildApp(join(folder, 'dist'), 'silent');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const ELECTRON = `
  const said = (text) => process.stdout.write(text + '\\n');
  const nothing = () => undefined;
  export const app = {
    isPackaged: true, enableSandbox: () => said('sandbox'), requestSingleInstanceLock: () => true,
    getPath: nothing, whenReady: async () => undefined, quit: nothing, exit: process.exit, on: nothing,
  };
  export const ipcMain = { handle: (channel) => said('answers ' + channel) };
  export const protocol = { registerSchemesAsPrivileged: nothing, handle: (scheme) => said('serves ' + scheme) };
  export const safeStorage = {};
  export const dialog = { showErrorBox: (title, text) => said('error ' + text) };
  export class BrowserWindow {
    webContents = { id: 1, on: nothing, setWindowOpenHandler: nothing, isDestroyed: () => false, session: {
      setPermissionRequestHandler: nothing, setPermissionCheckHandler: nothing, setDevicePermissionHandler: nothing } };
    constructor(options) { said('preload ' + options.webPreferences.preload); }
    once() {}
    async loadURL(url) { said('loads ' + url); process.exit(); }
  }
`;

async function start(env: Record<string, string>): Promise<string> {
  const stub = join(folder, 'electron.mjs');
  const hooks = join(folder, 'hooks.mjs');
  await writeFile(stub, ELECTRON);
  await writeFile(
    hooks,
    `import { registerHooks } from 'node:module';
     import { pathToFileURL } from 'node:url';
     registerHooks({ resolve: (name, context, next) => name.startsWith('electron')
       ? { url: pathToFileURL(${JSON.stringify(stub)}).href, shortCircuit: true } : next(name, context) });`,
  );
  const args = ['--import', hooks, join(folder, 'dist', 'main.mjs')];
  const run = promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  return stdout;
}

it('The built main process wires the window to the station', async () => {
  const said = await start({
    ENROUTE_STATION_FOLDER: join(folder, 'station'),
    ENROUTE_GATEWAY_URL: 'http://127.0.0.1:9/',
  });
  expect(said.trim().split('\n')).toEqual([
    'sandbox',
    'serves enroute',
    `preload ${join(folder, 'dist', 'preload.cjs')}`,
    'answers enroute:status',
    'answers enroute:link',
    'answers enroute:queue',
    'answers enroute:tasks',
    'answers enroute:result',
    'answers enroute:awaiting',
    'answers enroute:review',
    'answers enroute:approve',
    'answers enroute:reject',
    'loads enroute://station/index.html',
  ]);
});

it('It tells the person which setting is wrong', async () => {
  const said = await start({ ENROUTE_STATION_FOLDER: folder, ENROUTE_GATEWAY_URL: 'nowhere' });
  expect(said).toContain('error ✖ a gateway is an http or https address');
});

it('The preload script is one CommonJS file that asks for Electron only, as the sandbox demands', async () => {
  const preload = await readFile(join(folder, 'dist', 'preload.cjs'), 'utf8');
  expect(preload.match(/require\([^)]*\)/g)).toEqual(['require("electron")']);
  expect(preload).not.toMatch(/\bimport\b|\bexport\b/);
});
