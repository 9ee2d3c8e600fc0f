/** Makes `window.station` out of Electron's messages. The page never gets to see Electron, an event or a channel name. */
import { type Answer, CHANNELS, type StationApi, type UploadProgress } from '../shared-api.ts';

/** The part of Electron's `ipcRenderer` that is used. */
export interface RendererIpc {
  invoke(channel: string, ...values: unknown[]): Promise<unknown>;
  on(channel: string, listener: (event: unknown, value: unknown) => void): unknown;
  off(channel: string, listener: (event: unknown, value: unknown) => void): unknown;
}

export function makeStationApi(ipc: RendererIpc): StationApi {
  // What comes from the main process is our own, and of the type that its handlers are checked against.
  const ask = <T>(channel: string, ...values: unknown[]) => ipc.invoke(channel, ...values) as Promise<Answer<T>>;
  const subscribe = (channel: string, take: (value: unknown) => void): (() => void) => {
    const listener = (_event: unknown, value: unknown): void => take(value);
    ipc.on(channel, listener);
    return () => {
      ipc.off(channel, listener);
    };
  };
  return {
    status: () => ask(CHANNELS.status),
    steerLink: (order) => ask(CHANNELS.link, order),
    queue: (limit) => ask(CHANNELS.queue, limit),
    tasks: () => ask(CHANNELS.tasks),
    result: (rid) => ask(CHANNELS.result, rid),
    awaiting: () => ask(CHANNELS.awaiting),
    review: (rids, signIn) => ask(CHANNELS.review, rids, signIn),
    approve: (rids, signIn) => ask(CHANNELS.approve, rids, signIn),
    reject: (rids, reason, signIn) => ask(CHANNELS.reject, rids, reason, signIn),
    onChanged: (listener) => subscribe(CHANNELS.changed, () => listener()),
    onProgress: (listener) => subscribe(CHANNELS.progress, (value) => listener(value as UploadProgress)),
  };
}
