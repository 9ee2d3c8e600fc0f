/** The gateway on its port: plain or over TLS, and how long it has patience with a connection. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Logger } from 'pino';
import { demandCertificates } from '../stations/client-certificate.ts';
import { type ConnectionLimits, DEFAULT_CONNECTIONS, limitConnections } from './connection-limits.ts';
import { guarded } from './request-guards.ts';
import { requestsUnderWay } from './requests-under-way.ts';
import { answerUnreadable } from './unreadable-requests.ts';

/** Certificate, with those between it and its authority, and key, both PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
  /** PEM of the authority whose certificates stations must show; see client-certificate.ts. */
  readonly clientCa?: string | undefined;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Without it the gateway speaks plain HTTP, for a proxy that has TLS, or for this machine alone. */
  readonly tls?: TlsIdentity | undefined;
  readonly connections?: ConnectionLimits | undefined;
  /** Whose connections are not counted, for everybody comes through them. */
  readonly isTrustedProxy?: (address: string) => boolean;
  /** A connection on which nothing moves during a request for so long is closed. */
  readonly idleMs?: number;
  readonly log: Logger;
}

export interface GatewayServer {
  /** e.g. "https://127.0.0.1:40123/" */
  readonly url: string;
  /**
   * Has the requests that are there answered, each as the last one of its connection, and breaks off what is left. Until
   * then the port stays open: whoever asks is told that the gateway stops, and not that it is gone.
   * @param drain has those answered that wait for something
   * @param withinMs how long the others are waited for
   */
  close(drain: () => Promise<void>, withinMs?: number): Promise<void>;
}

/** The header of a creation is 4 KiB: over the slowest link, behind whatever else is under way. */
const HEADERS_TIMEOUT_MS = 60_000;
/** How often it is looked for headers that are late. */
const LOOK_EVERY_MS = 5_000;
/** A connection on which nothing moves during a request for so long is dead; long polls are kept alive. */
const IDLE_MS = 120_000;
/** Between two requests. A heartbeat every minute keeps a station's connection; the answers tell the station how long. */
export const KEEP_ALIVE_MS = 75_000;
/** A station that was cut off for most of a day still opens its connection in one round trip. */
const TLS_SESSION_S = 24 * 60 * 60;
/** Two round trips and a certificate chain, over the slowest link. */
const HANDSHAKE_MS = 60_000;

const HTTP_OPTIONS: ServerOptions = {
  // An upload over a slow link takes as long as it takes; it is the station that watches whether bytes move.
  requestTimeout: 0,
  headersTimeout: HEADERS_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: LOOK_EVERY_MS,
  insecureHTTPParser: false,
  // Refused by ourselves, with a code.
  requireHostHeader: false,
};

/** A certificate is asked for and not insisted on: people's browsers, and machines that are to be enrolled, have none. */
function serverTls({ cert, key, clientCa }: TlsIdentity): TlsOptions {
  return {
    cert,
    key,
    ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
  };
}

/** @throws the operating system's error when the port can't be had; OpenSSL's when certificate and key are of no use. */
export async function listen(app: RequestListener, options: ListenOptions): Promise<GatewayServer> {
  const { host, port, tls, log } = options;
  const underWay = requestsUnderWay();
  const listener = underWay.counting(guarded(app));
  const server: Server = tls
    ? createTlsServer(
        {
          ...HTTP_OPTIONS,
          ...serverTls(tls),
          minVersion: 'TLSv1.2',
          sessionTimeout: TLS_SESSION_S,
          handshakeTimeout: HANDSHAKE_MS,
        },
        listener,
      )
    : createServer(HTTP_OPTIONS, listener);
  server.maxHeadersCount = 0;
  server.setTimeout(options.idleMs ?? IDLE_MS);
  limitConnections(server, options.connections ?? DEFAULT_CONNECTIONS, options.isTrustedProxy ?? (() => false));
  if (tls?.clientCa !== undefined) demandCertificates(server);
  answerUnreadable(server);
  server.listen(port, host);
  await once(server, 'listening');
  // A connection that could not be taken, for want of file handles say, is no reason to end those that are there.
  server.on('error', (error) => log.error({ err: error }, 'gateway: a connection could not be taken'));
  const address = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://${host}:${address.port}/`,
    close: async (drain, withinMs = 0) => {
      underWay.closeBehindAnswers();
      server.closeIdleConnections();
      await Promise.all([drain(), underWay.settled(withinMs)]);
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
