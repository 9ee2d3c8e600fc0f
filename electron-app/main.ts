/** The app's main process: Electron's own parts, handed to the app. All that can be tested without Electron is in main/. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startStation } from '@enroute/edge-agent/station.ts';
import { openLogFile } from '@enroute/sync/disk/log-file.ts';
import { takeSecrets } from '@enroute/sync/settings/secrets.ts';
import { app, BrowserWindow, dialog, ipcMain, protocol, safeStorage } from 'electron';
import { runApp } from './main/run-app.ts';

app.enableSandbox();
process.report.excludeEnv = true;

runApp(
  { app, ipcMain, protocol, safeStorage, openWindow: (options) => new BrowserWindow(options) },
  {
    preload: join(import.meta.dirname, 'preload.cjs'),
    page: join(import.meta.dirname, 'renderer'),
    args: process.argv.slice(1),
    env: takeSecrets(process.env),
    startStation,
    openLog: (folder) => {
      mkdirSync(folder, { recursive: true });
      return openLogFile(join(folder, 'station.log'));
    },
  },
).catch((error: unknown) => {
  dialog.showErrorBox('Enroute', error instanceof Error ? error.message : String(error));
  app.exit(1);
});
