/** The life of the app: one instance, one station, one window, and an end that leaves nothing half written. */
import { join } from 'node:path';
import { hasIdentity } from '@enroute/edge-agent/keys/station-identity.ts';
import { FIELD_TIMING, type Station, type StationOptions } from '@enroute/edge-agent/station.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { readAuthority } from '@enroute/sync/settings/authority.ts';
import type { Logger } from 'pino';
import { APP_SCHEME, APP_SCHEMES, APP_URL, serveAppFiles } from './app-files.ts';
import type { ElectronPorts, WindowPort } from './electron-ports.ts';
import { forwardEvents } from './forward-events.ts';
import { answerWindow } from './ipc-handlers.ts';
import { findPassphrase } from './passphrase.ts';
import { readSettings, type Settings } from './settings.ts';
import { shutIn, windowOptions } from './window.ts';

export interface RunOptions {
  readonly preload: string;
  /** Folder of the built page. */
  readonly page: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly startStation: (options: StationOptions) => Promise<Station>;
  /** @param folder where the station keeps everything. */
  readonly openLog: (folder: string) => Logger;
}

export async function runApp(ports: ElectronPorts, options: RunOptions): Promise<void> {
  const { app, protocol, ipcMain } = ports;
  // Two stations in one folder would issue the same registration ids.
  if (!app.requestSingleInstanceLock()) return app.quit();
  protocol.registerSchemesAsPrivileged(APP_SCHEMES);
  const settings = readSettings(options.args, options.env, app.getPath('userData'));
  const log = options.openLog(settings.folder);
  await app.whenReady();

  protocol.handle(APP_SCHEME, serveAppFiles(options.page));
  const station = openStation(ports, options, settings, log);
  const window = ports.openWindow(windowOptions(options.preload, !app.isPackaged));
  const { webContents } = window;
  shutIn(webContents);
  answerWindow(ipcMain, { station, windowId: webContents.id, log });
  const send = (channel: string, value?: unknown): void => {
    if (!webContents.isDestroyed()) webContents.send(channel, value);
  };
  station.then(
    ({ events }) => forwardEvents(events, send),
    (error: unknown) => log.error({ err: error }, 'the station could not be started'),
  );
  app.on('second-instance', () => bringForward(window));
  app.on('window-all-closed', () => app.quit());
  stopBeforeQuit(ports, station, log);

  window.once('ready-to-show', () => window.show());
  await window.loadURL(APP_URL);
}

async function openStation(
  { safeStorage }: ElectronPorts,
  { startStation }: RunOptions,
  { folder, gatewayUrl, caFile, passphrase }: Settings,
  log: Logger,
): Promise<Station> {
  if (!hasIdentity(folder)) throw new EnrouteError('ENR-STN-004', `no station in ${folder}`);
  const found = await findPassphrase(safeStorage, join(folder, 'passphrase.sealed'), passphrase);
  const now = (): Date => new Date();
  const ca = caFile === undefined ? undefined : await readAuthority(caFile);
  const given = { folder, passphrase: found.value, gatewayUrl, ca };
  const station = await startStation({ ...given, timing: FIELD_TIMING, now, log });
  const kept = await found.remember().catch((error: unknown) => {
    log.error({ err: error }, 'the passphrase could not be kept');
    return false;
  });
  if (!kept) log.warn('the passphrase is not kept; it has to be given at the next start too');
  return station;
}

function bringForward(window: WindowPort): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

/** Quitting waits until the station has closed its store. */
function stopBeforeQuit({ app }: ElectronPorts, station: Promise<Station>, log: Logger): void {
  let stopping = false;
  app.on('before-quit', (event) => {
    event.preventDefault();
    if (stopping) return;
    stopping = true;
    station
      .then(
        (started) => started.stop(),
        () => undefined,
      )
      .catch((error: unknown) => log.error({ err: error }, 'the station did not stop cleanly'))
      .finally(() => app.exit());
  });
}
