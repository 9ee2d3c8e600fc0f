/**
 * Many stations that wait for the core, each on a connection of its own: as little of a station as a gateway can tell from
 * one. Argument: the address on the loopback that they come from.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { signStationToken } from '@enroute/sync/link/station-token.ts';
import { z } from 'zod';
import { answerAsked, sharedNow } from './asked-process.ts';
import { connectSchema, type Times } from './idle-words.ts';

/** Connections that are made at the same time. */
const AT_ONCE = 20;

const keySchema = z.object({ keyId: z.string(), publicKey: z.string(), secretKey: z.string() });

const [localAddress = '127.0.0.1'] = process.argv.slice(2);
/** When each station had the document that is being waited for. */
let had: Times = {};
let expected = '';
let told: (() => void) | undefined;
let left = new Set<string>();

class Station {
  readonly #number: string;
  readonly #socket: Socket;
  readonly #heartbeatMs: number;
  readonly #authorization: () => Promise<string>;
  #heard = '';
  /** Of the first sign of life. */
  readonly #alive = Promise.withResolvers<void>();

  constructor(url: URL, number: string, heartbeatMs: number, authorization: () => Promise<string>) {
    this.#number = number;
    this.#heartbeatMs = heartbeatMs;
    this.#authorization = authorization;
    this.#socket = connect({ host: url.hostname, port: Number(url.port), localAddress });
    this.#socket.setEncoding('utf8').on('data', (text) => void this.#hear(String(text)));
    this.#alive.promise.catch(() => undefined);
    this.#socket.on('error', (error) => this.#alive.reject(new Error(`${number}: ${error.message}`)));
    this.#socket.on('close', () => this.#alive.reject(new Error('the connection was closed')));
  }

  get alive(): Promise<void> {
    return this.#alive.promise;
  }

  /** Connected, and its first request under way. */
  async begin(): Promise<void> {
    await once(this.#socket, 'connect');
    await this.poll();
  }

  async poll(since?: string): Promise<void> {
    const query = new URLSearchParams({ include_docs: 'true', filter: 'enroute/down', limit: '100' });
    if (since !== undefined) query.set('since', since);
    const poll = `feed=longpoll&timeout=600000&heartbeat=${this.#heartbeatMs}`;
    const authorization = await this.#authorization();
    this.#socket.write(
      `GET /channel-${this.#number}/_changes?${query}&${poll} HTTP/1.1\r\nhost: bench\r\n` +
        `authorization: ${authorization}\r\naccept-encoding: gzip\r\n\r\n`,
    );
  }

  async #hear(text: string): Promise<void> {
    this.#heard += text;
    if (!/^HTTP\/1\.1 200 /.test(this.#heard)) {
      this.#alive.reject(new Error(this.#heard.slice(0, 300)));
      return;
    }
    this.#alive.resolve();
    const place = /"last_seq":"([^"]+)"/.exec(this.#heard)?.[1];
    const isWhole = /transfer-encoding: chunked/i.test(this.#heard) ? this.#heard.endsWith('\r\n0\r\n\r\n') : true;
    if (place === undefined || !isWhole) return;
    if (this.#heard.includes(`"task:${expected}"`) && left.delete(this.#number)) had[this.#number] = sharedNow();
    this.#heard = '';
    await this.poll(place);
    if (left.size === 0) told?.();
  }
}

answerAsked({
  connect: async (about) => {
    const { url, key, stations, heartbeatMs } = connectSchema.parse(about);
    const sign = signer(key);
    const waiting: Station[] = [];
    for (let at = 0; at < stations.length; at += AT_ONCE) {
      const opened = stations.slice(at, at + AT_ONCE).map((number) => {
        return new Station(new URL(url), number, heartbeatMs, () => sign(number));
      });
      await Promise.all(opened.map((station) => station.begin()));
      waiting.push(...opened);
    }
    // Each has heard a heartbeat: the gateway holds what it will hold for as long as they wait.
    await Promise.all(waiting.map(({ alive }) => alive));
  },
  expect: (about) => {
    const { stations, name } = z.object({ stations: z.array(z.string()), name: z.string() }).parse(about);
    had = {};
    left = new Set(stations);
    expected = name;
  },
  had: async () => {
    await new Promise<void>((resolve) => {
      told = resolve;
      if (left.size === 0) resolve();
    });
    return had;
  },
});

function signer(key: string): (station: string) => Promise<string> {
  // The bare server knows nobody; a token is as long as this.
  if (key === '') return async () => `Bearer ${'x'.repeat(400)}`;
  const { keyId, publicKey, secretKey } = keySchema.parse(JSON.parse(Buffer.from(key, 'base64').toString()));
  const pair = {
    keyId,
    publicKey: new Uint8Array(Buffer.from(publicKey, 'hex')),
    secretKey: new Uint8Array(Buffer.from(secretKey, 'hex')),
  };
  return async (station) => `Bearer ${await signStationToken(station, pair as never, new Date())}`;
}
