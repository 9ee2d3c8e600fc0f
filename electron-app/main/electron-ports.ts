/**
 * What the app takes from Electron, and no more, so that everything but the wiring runs in plain Node. `main.ts` hands
 * in the real things, and the compiler checks there that Electron's own types fit.
 */
import type { App, BrowserWindowConstructorOptions, CustomScheme, SafeStorage } from 'electron';

interface Cancelable {
  preventDefault(): void;
}

/** Who sent a message: which window, and which frame of it; no frame when it has gone meanwhile. */
export interface Caller {
  readonly sender: { readonly id: number };
  readonly senderFrame: { readonly url: string; readonly parent: object | null } | null;
}

export interface IpcMainPort {
  handle(channel: string, listener: (caller: Caller, ...values: unknown[]) => Promise<unknown>): void;
}

export interface SessionPort {
  setPermissionRequestHandler(
    handler: (asker: unknown, permission: string, answer: (granted: boolean) => void) => void,
  ): void;
  setPermissionCheckHandler(handler: () => boolean): void;
  setDevicePermissionHandler(handler: () => boolean): void;
}

export interface WebContentsPort {
  readonly id: number;
  readonly session: SessionPort;
  isDestroyed(): boolean;
  send(channel: string, value?: unknown): void;
  setWindowOpenHandler(handler: () => { action: 'deny' }): void;
  on(event: 'will-navigate', listener: (event: Cancelable) => void): unknown;
  on(event: 'will-frame-navigate', listener: (event: Cancelable) => void): unknown;
  on(event: 'will-redirect', listener: (event: Cancelable) => void): unknown;
  on(event: 'will-attach-webview', listener: (event: Cancelable) => void): unknown;
}

export interface WindowPort {
  readonly webContents: WebContentsPort;
  loadURL(url: string): Promise<void>;
  once(event: 'ready-to-show', listener: () => void): unknown;
  show(): void;
  focus(): void;
  isMinimized(): boolean;
  restore(): void;
}

interface AppPort
  extends Pick<App, 'requestSingleInstanceLock' | 'whenReady' | 'quit' | 'exit' | 'getPath' | 'isPackaged'> {
  on(event: 'second-instance', listener: () => void): unknown;
  on(event: 'window-all-closed', listener: () => void): unknown;
  on(event: 'before-quit', listener: (event: Cancelable) => void): unknown;
}

export interface ElectronPorts {
  readonly app: AppPort;
  readonly ipcMain: IpcMainPort;
  readonly protocol: {
    registerSchemesAsPrivileged(schemes: CustomScheme[]): void;
    handle(scheme: string, handler: (request: Request) => Promise<Response>): void;
  };
  readonly safeStorage: Pick<
    SafeStorage,
    'isEncryptionAvailable' | 'getSelectedStorageBackend' | 'encryptString' | 'decryptString'
  >;
  openWindow(options: BrowserWindowConstructorOptions): WindowPort;
}
