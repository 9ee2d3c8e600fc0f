/**
 * A link between a station and its core that can be closed, opened, slowed down and cut, in user space: a TCP relay on
 * loopback. What the station sends through it is counted.
 */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TcpLinkOptions {
  /** Where the link leads: the gateway's address. */
  readonly target: URL;
  /** How fast bytes go up, all connections together; 0 for as fast as they can. */
  readonly bytesPerSecond: number;
}

export interface TcpLink {
  /** The address that the station uses. */
  readonly url: string;
  /** Bytes that the station has sent through the link. */
  readonly bytesUp: number;
  open(): void;
  /** Connections in progress are broken off; new ones are refused as by a dead network. */
  close(): void;
  /** Once so many more bytes have gone up, breaks everything off, stays closed for a while, and opens again. */
  cutAfter(bytes: number, downMs: number): Promise<void>;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const SLICE_BYTES = 16 * 1024;

export async function openTcpLink(options: TcpLinkOptions): Promise<TcpLink> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  let bytesUp = 0;
  let cut: { readonly at: number; readonly happened: () => void } | undefined;

  const breakOff = (): void => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };

  /** Lets bytes through at the link's speed, and cuts it at the very byte. */
  const meter = (): Transform =>
    new Transform({
      readableHighWaterMark: SLICE_BYTES,
      transform(chunk: Buffer, _encoding, done) {
        void (async () => {
          for (let from = 0; from < chunk.byteLength && isOpen; from += SLICE_BYTES) {
            const slice = chunk.subarray(from, from + SLICE_BYTES);
            if (options.bytesPerSecond > 0) await sleep((slice.byteLength / options.bytesPerSecond) * 1000);
            bytesUp += slice.byteLength;
            this.push(slice);
            if (cut && bytesUp >= cut.at) {
              // What has passed arrives; nothing after it does.
              setImmediate(cut.happened);
              return;
            }
          }
          done();
        })();
      },
    });

  const server: Server = createServer((station) => {
    if (!isOpen) {
      station.destroy();
      return;
    }
    const core = connect(Number(options.target.port), options.target.hostname);
    for (const [socket, other] of [
      [station, core],
      [core, station],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    core.once('connect', () => {
      station.pipe(meter()).pipe(core);
      core.pipe(station);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, HOST, resolve);
  });

  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}/`,
    get bytesUp() {
      return bytesUp;
    },
    open: () => {
      isOpen = true;
    },
    close: breakOff,
    cutAfter: async (bytes, downMs) => {
      await new Promise<void>((resolve) => {
        cut = { at: bytesUp + bytes, happened: resolve };
      });
      cut = undefined;
      breakOff();
      await sleep(downMs);
      isOpen = true;
    },
    stop: async () => {
      breakOff();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
