import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import type { SessionPort, WebContentsPort } from './electron-ports.ts';
import { shutIn, windowOptions } from './window.ts';

it('The page runs in a sandbox, in a world of its own, without Node', () => {
  expect(windowOptions('/app/preload.cjs', false)).toMatchObject({
    show: false,
    webPreferences: {
      preload: '/app/preload.cjs',
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      spellcheck: false,
      devTools: false,
    },
  });
});

function fakeContents() {
  const handlers: {
    permission?: Parameters<SessionPort['setPermissionRequestHandler']>[0];
    check?: () => boolean;
    device?: () => boolean;
    open?: () => { action: 'deny' };
  } = {};
  const contents = Object.assign(new EventEmitter(), {
    id: 1,
    isDestroyed: () => false,
    send: () => undefined,
    setWindowOpenHandler: (handler: () => { action: 'deny' }) => {
      handlers.open = handler;
    },
    session: {
      setPermissionRequestHandler: (handler) => {
        handlers.permission = handler;
      },
      setPermissionCheckHandler: (handler) => {
        handlers.check = handler;
      },
      setDevicePermissionHandler: (handler) => {
        handlers.device = handler;
      },
    } satisfies SessionPort,
  }) satisfies WebContentsPort;
  shutIn(contents);
  return { contents, handlers };
}

it.each(['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'])(
  'What would lead the page elsewhere is stopped: %s',
  (event) => {
    let stopped = false;
    fakeContents().contents.emit(event, {
      preventDefault: () => {
        stopped = true;
      },
    });
    expect(stopped).toBe(true);
  },
);

it('No second window opens', () => {
  expect(fakeContents().handlers.open?.()).toEqual({ action: 'deny' });
});

it('No permission is given, asked for or not', () => {
  const { handlers } = fakeContents();
  const answers: boolean[] = [];
  handlers.permission?.(undefined, 'media', (granted) => answers.push(granted));
  expect(answers).toEqual([false]);
  expect([handlers.check?.(), handlers.device?.()]).toEqual([false, false]);
});
