/** The one window, shut in: it shows the app's own page, opens no other, and may use no device of this computer. */
import type { BrowserWindowConstructorOptions } from 'electron';
import type { SessionPort, WebContentsPort } from './electron-ports.ts';

export function windowOptions(preload: string, devTools: boolean): BrowserWindowConstructorOptions {
  return {
    width: 1180,
    height: 800,
    minWidth: 380,
    minHeight: 480,
    show: false,
    autoHideMenuBar: true,
    title: 'Enroute',
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      // A registration's number must not be left in a dictionary.
      spellcheck: false,
      devTools,
    },
  };
}

/** The page never leads anywhere: whatever tries to is stopped. */
export function shutIn(contents: WebContentsPort): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => event.preventDefault());
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  denyPermissions(contents.session);
}

/** Camera, microphone, place, clipboard, USB, …: the page needs none of them. */
function denyPermissions(session: SessionPort): void {
  session.setPermissionRequestHandler((_asker, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
}
