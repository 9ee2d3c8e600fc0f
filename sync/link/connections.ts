/**
 * The connections of a station to its gateway: one for each kind of request, kept open between requests, for on a slow
 * link opening one takes longer than most requests. Uploads, requests and the long poll never wait for each other.
 *
 * A connection that a request failed on is never used again: the other side may be gone without this one having been
 * told, and every further request would wait for it in vain. The TLS session outlives the connection, so that the next
 * one opens in one round trip and without the certificates being sent again.
 */
import { TLSSocket } from 'node:tls';
import { buildConnector, Client } from 'undici';
import { LinkError } from './link-error.ts';

export type Lane = 'upload' | 'request' | 'poll';

export interface ConnectionsOptions {
  /** The gateway's address; of it, scheme, host and port. */
  readonly baseUrl: string;
  /** PEM. Only certificates of this authority are believed then; without it, those that Node believes. */
  readonly ca?: string | undefined;
  /** Shown to a gateway that asks for one. */
  readonly certificate?: ClientCertificate | undefined;
}

/** Of the country's authority for clients, for this station's number; with its key, both PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Address, handshake and certificates over a slow link that is busy with an upload. */
const CONNECT_MS = 30_000;
/** How long an idle connection is kept when the server does not say how long it keeps it. */
const KEEP_ALIVE_MS = 30_000;
const MAX_KEEP_ALIVE_MS = 10 * 60_000;
/** So much sooner than the server: what is sent to a connection that it has just closed is lost. Some keep one for 5 s. */
const KEEP_ALIVE_MARGIN_MS = 2_000;

/** What is handed to the socket at once; while it holds more than this, nothing is. A second or two of a slow link. */
export const SLICE_BYTES = 16 * 1024;

/** A record that a cut has torn is lost whole: of the usual 16 KiB, two seconds of a slow link. Each costs 27 bytes. */
const TLS_RECORD_BYTES = 4 * 1024;

interface Connection {
  readonly client: Client;
  /** Ends an attempt to connect, which undici would wait for until its deadline. */
  readonly attempt: AbortController;
}

export class Connections {
  readonly #origin: string;
  readonly #ca: string | undefined;
  readonly #certificate: ClientCertificate | undefined;
  readonly #connections = new Map<Lane, Connection>();
  /** Held here because undici lets go of it with the last connection. */
  #session: Buffer | undefined;
  #closed = false;
  /** Whether informational answers came through when there was last something to tell. Some proxies drop them. */
  passesInformation = false;

  constructor({ baseUrl, ca, certificate }: ConnectionsOptions) {
    this.#origin = new URL(baseUrl).origin;
    this.#ca = ca;
    this.#certificate = certificate;
  }

  get origin(): string {
    return this.#origin;
  }

  /**
   * The connection of a lane. It is opened by its first request.
   * @throws LinkError after {@link close}.
   */
  of(lane: Lane): Client {
    if (this.#closed) throw new LinkError('the connections to the gateway are closed');
    const connection = this.#connections.get(lane) ?? this.#newConnection();
    this.#connections.set(lane, connection);
    return connection.client;
  }

  /**
   * Throws the connection of a lane away. Requests that waited for it fail, as they would have on it.
   * @param client the connection that is meant, which may have been replaced meanwhile; the present one when left out.
   */
  discard(lane: Lane, client?: Client): void {
    const connection = this.#connections.get(lane);
    if (!connection || (client && connection.client !== client)) return;
    this.#connections.delete(lane);
    void destroy(connection);
  }

  /** The link was found dead: connections on which nothing goes on are thrown away, before a request finds out on each. */
  suspect(): void {
    for (const [lane, { client }] of this.#connections) {
      if (client.stats.size === 0) this.discard(lane, client);
    }
  }

  /** Ends every request at once. None can be made after it. */
  async close(): Promise<void> {
    this.#closed = true;
    const connections = [...this.#connections.values()];
    this.#connections.clear();
    await Promise.all(connections.map(destroy));
  }

  #newConnection(): Connection {
    const attempt = new AbortController();
    const client = new Client(this.#origin, {
      connect: (options, callback) => this.#connect(options, attempt.signal, callback),
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS,
      keepAliveTimeoutThreshold: KEEP_ALIVE_MARGIN_MS,
      // Whoever makes a request watches it: only they know whether it may be silent.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return { client, attempt };
  }

  #connect(options: buildConnector.Options, signal: AbortSignal, callback: buildConnector.Callback): void {
    const connect = buildConnector({
      signal,
      timeout: CONNECT_MS,
      // Known to Node's sockets, and not to their types.
      ...{ highWaterMark: SLICE_BYTES },
      minVersion: 'TLSv1.2',
      maxCachedSessions: 0,
      ...(this.#ca === undefined ? {} : { ca: this.#ca }),
      ...this.#certificate,
      ...(this.#session === undefined ? {} : { session: this.#session }),
    });
    connect(options, (...result) => {
      const [, socket] = result;
      if (socket instanceof TLSSocket) {
        socket.setMaxSendFragment(TLS_RECORD_BYTES);
        socket.on('session', (session) => {
          this.#session = session;
        });
      }
      callback(...result);
    });
  }
}

async function destroy({ client, attempt }: Connection): Promise<void> {
  const destroyed = client.destroy(new LinkError('the connection was given up'));
  attempt.abort();
  await destroyed;
}
