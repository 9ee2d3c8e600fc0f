/** Runs in the window before the page, in its own world; hands the page the station's API and nothing of Electron. */
import { contextBridge, ipcRenderer } from 'electron';
import { makeStationApi } from './preload/station-api.ts';
import { API_NAME } from './shared-api.ts';

contextBridge.exposeInMainWorld(API_NAME, makeStationApi(ipcRenderer));
