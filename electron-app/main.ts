/** The app's main process: Electron's own parts, handed to the app. All that can be tested without Electron is in main/. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startStation } from '@enroute/edge-agent/station.ts';
import { app, BrowserWindow, dialog, ipcMain, protocol, safeStorage } from 'electron';
import { pino } from 'pino';
import { runApp } from './main/run-app.ts';

app.enableSandbox();

runApp(
  { app, ipcMain, protocol, safeStorage, openWindow: (options) => new BrowserWindow(options) },
  {
    preload: join(import.meta.dirname, 'preload.cjs'),
    page: join(import.meta.dirname, 'renderer'),
    args: process.argv.slice(1),
    env: process.env,
    startStation,
    openLog: (folder) => {
      mkdirSync(folder, { recursive: true });
      // Written at once: what was said right before an end is what one looks for after it.
      return pino({ base: null }, pino.destination({ dest: join(folder, 'station.log'), sync: true }));
    },
  },
).catch((error: unknown) => {
  dialog.showErrorBox('Enroute', error instanceof Error ? error.message : String(error));
  app.exit(1);
});
