/** The app's life with Electron's parts made up, over a real station in a real folder. */
import { EventEmitter } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIdentity } from '@enroute/edge-agent/keys/station-identity.ts';
import { trustCore } from '@enroute/edge-agent/keys/trusted-core.ts';
import { type Station, type StationOptions, startStation } from '@enroute/edge-agent/station.ts';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { CHANNELS } from '../shared-api.ts';
import { fakeIpc, STATION } from '../station.fixture.ts';
import { APP_SCHEME, APP_URL } from './app-files.ts';
import type { ElectronPorts } from './electron-ports.ts';
import { runApp } from './run-app.ts';

const PASSPHRASE = 'a passphrase for tests';
let folder: string;
/** The one that was started last. */
let station: Station | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enroute-app-'));
  await createIdentity(folder, STATION, PASSPHRASE, QUICK_COST);
  await trustCore(folder, {
    v: 1,
    epoch: 'one',
    signingKey: publicKeyOf(newSigningKeyPair()),
    sealingKey: publicKeyOf(newSealingKeyPair()),
  });
});

function fakeElectron({ firstInstance = true } = {}) {
  const calls: string[] = [];
  const note =
    (name: string) =>
    (...values: unknown[]): void => {
      calls.push([name, ...values.filter((value) => typeof value === 'string')].join(' '));
    };
  const ipc = fakeIpc();
  const left = Promise.withResolvers<void>();
  const app = Object.assign(new EventEmitter(), {
    isPackaged: true,
    requestSingleInstanceLock: () => firstInstance,
    whenReady: async () => undefined,
    getPath: () => folder,
    quit: note('quit'),
    exit: () => {
      note('exit')();
      left.resolve();
    },
  });
  const webContents = Object.assign(new EventEmitter(), {
    id: 1,
    isDestroyed: () => false,
    send: note('send'),
    setWindowOpenHandler: note('deny windows'),
    session: {
      setPermissionRequestHandler: note('deny requests'),
      setPermissionCheckHandler: note('deny checks'),
      setDevicePermissionHandler: note('deny devices'),
    },
  });
  const window = Object.assign(new EventEmitter(), {
    webContents,
    loadURL: async (url: string) => note('load')(url),
    show: note('show'),
    focus: note('focus'),
    isMinimized: () => true,
    restore: note('restore'),
  });
  const ports: ElectronPorts = {
    app,
    ipcMain: ipc,
    protocol: { registerSchemesAsPrivileged: note('privileges'), handle: note('serve') },
    safeStorage: {
      isEncryptionAvailable: () => false,
      getSelectedStorageBackend: () => 'unknown',
      encryptString: (text) => Buffer.from(text),
      decryptString: (bytes) => bytes.toString(),
    },
    openWindow: (options) => {
      note('open')(options.title);
      return window;
    },
  };
  const ask = (channel: string) =>
    ipc.invoke(channel, { sender: { id: 1 }, senderFrame: { url: APP_URL, parent: null } });
  return { ports, app, window, calls, ask, left: left.promise };
}

const optionsWith = (env: Record<string, string>) => ({
  preload: '/app/preload.cjs',
  page: '/app/renderer',
  args: [],
  env: { ENROUTE_STATION_FOLDER: folder, ENROUTE_GATEWAY_URL: 'http://127.0.0.1:9/', ...env },
  startStation: async (options: StationOptions) => {
    station = await startStation(options);
    return station;
  },
  openLog: () => pino({ level: 'silent' }),
});

describe('The app', () => {
  it('opens its station and its window, shut in before the page is loaded, and closes the station before it leaves', async () => {
    const { ports, app, window, calls, ask, left } = fakeElectron();
    await runApp(ports, optionsWith({ ENROUTE_STATION_PASSPHRASE: PASSPHRASE }));
    expect(calls).toEqual([
      'privileges',
      `serve ${APP_SCHEME}`,
      'open Enroute',
      'deny windows',
      'deny requests',
      'deny checks',
      'deny devices',
      `load ${APP_URL}`,
    ]);
    expect(await ask(CHANNELS.status)).toMatchObject({ ok: true, value: { station: STATION, link: { up: false } } });
    station?.events.emit('changed');
    await expect.poll(() => calls).toContain(`send ${CHANNELS.changed}`);

    window.emit('ready-to-show');
    app.emit('second-instance');
    expect(calls.filter((call) => ['show', 'restore', 'focus'].includes(call))).toEqual([
      'show',
      'restore',
      'show',
      'focus',
    ]);

    let delayed = 0;
    const quitting = { preventDefault: () => void delayed++ };
    app.emit('before-quit', quitting);
    app.emit('before-quit', quitting);
    await left;
    expect(delayed).toBe(2);
    expect(calls.filter((call) => call === 'exit')).toHaveLength(1);
    await expect(ask(CHANNELS.queue)).resolves.toMatchObject({ ok: false });
  });

  it('opens a window that says why, when the passphrase is wrong', async () => {
    const { ports, app, ask, left, calls } = fakeElectron();
    await runApp(ports, optionsWith({ ENROUTE_STATION_PASSPHRASE: 'not the right one' }));
    expect(await ask(CHANNELS.status)).toEqual({ ok: false, code: 'ENR-STN-005' });
    expect(calls).toContain(`load ${APP_URL}`);
    app.emit('before-quit', { preventDefault: () => undefined });
    await left;
  });

  it('says that the station has to be registered when there is none', async () => {
    const { ports, ask } = fakeElectron();
    await runApp(ports, optionsWith({ ENROUTE_STATION_FOLDER: join(folder, 'nothing') }));
    expect(await ask(CHANNELS.status)).toEqual({ ok: false, code: 'ENR-STN-004' });
  });

  it('leaves at once when it runs already, without touching the station', async () => {
    const { ports, calls } = fakeElectron({ firstInstance: false });
    await runApp(ports, optionsWith({ ENROUTE_STATION_PASSPHRASE: PASSPHRASE }));
    expect(calls).toEqual(['quit']);
  });
});
