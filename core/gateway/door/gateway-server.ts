/** The gateway on its port: plain or over TLS, and how long it has patience with a connection. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { answerUnreadable } from './unreadable-requests.ts';

/** Certificate, with those between it and its authority, and key, both PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Without it the gateway speaks plain HTTP, for a proxy that has TLS, or for this machine alone. */
  readonly tls?: TlsIdentity | undefined;
  readonly log: Logger;
}

export interface GatewayServer {
  /** e.g. "https://127.0.0.1:40123/" */
  readonly url: string;
  /** Takes no more connections, has those that are there answered, and breaks off what is left. */
  close(drain: () => Promise<void>): Promise<void>;
}

/** The header of a creation is 4 KiB: over the slowest link, behind whatever else is under way. */
const HEADERS_TIMEOUT_MS = 60_000;
/** A connection on which nothing moves during a request for so long is dead; long polls are kept alive. */
const IDLE_MS = 120_000;
/** Between two requests. A heartbeat every minute keeps a station's connection; the answers tell the station how long. */
const KEEP_ALIVE_MS = 75_000;
/** A station that was cut off for most of a day still opens its connection in one round trip. */
const TLS_SESSION_S = 24 * 60 * 60;

/** @throws the operating system's error when the port can't be had; OpenSSL's when certificate and key are of no use. */
export async function listen(app: RequestListener, { host, port, tls, log }: ListenOptions): Promise<GatewayServer> {
  const server: Server = tls
    ? createTlsServer({ ...tls, minVersion: 'TLSv1.2', sessionTimeout: TLS_SESSION_S }, app)
    : createServer(app);
  // An upload over a slow link takes as long as it takes; it is the station that watches whether bytes move.
  server.requestTimeout = 0;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.setTimeout(IDLE_MS);
  answerUnreadable(server);
  server.listen(port, host);
  await once(server, 'listening');
  // A connection that could not be taken, for want of file handles say, is no reason to end those that are there.
  server.on('error', (error) => log.error({ err: error }, 'gateway: a connection could not be taken'));
  const address = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://${host}:${address.port}/`,
    close: async (drain) => {
      const closed = new Promise((resolve) => server.close(resolve));
      await drain();
      server.closeAllConnections();
      await closed;
    },
  };
}
