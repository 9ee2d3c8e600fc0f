/**
 * A station's requests to its gateway: signed, with a deadline, and with the difference between the two clocks measured
 * on the way, so that a station whose clock is wrong by days still gets in.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { KeyPair } from '@enroute/shared/crypto/keys.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { z } from 'zod';
import { Refusal, refusalIn, refusalOf } from './answer.ts';
import { type ClientCertificate, Connections, type Lane } from './connections.ts';
import { type Answer, exchange } from './exchange.ts';
import { LinkError } from './link-error.ts';
import { signStationToken } from './station-token.ts';

/** What is shorter fits into one packet of the network anyway. */
const COMPRESS_FROM_BYTES = 513;

const compress = promisify(gzip);

export interface GatewayClientOptions {
  /** e.g. "https://gateway.example/"; paths are resolved against it. */
  readonly baseUrl: string;
  /** PEM of the authority whose certificates the gateway has; those that Node believes when left out. */
  readonly ca?: string | undefined;
  /** Shown to a gateway that asks for one. */
  readonly certificate?: ClientCertificate | undefined;
  readonly station: string;
  /** Asked for each request: it changes when the station rotates its keys. */
  readonly signingKey: KeyPair | (() => KeyPair);
  /** The station's own clock, uncorrected. */
  readonly now: () => Date;
  /** Told whenever the clocks' difference was measured (`clockOffsetMs`), just now. */
  readonly onClockOffset?: ((offsetMs: number) => void) | undefined;
}

export interface GatewayRequest {
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly body?: unknown;
  /** The whole exchange must be over by then, and what the slowest link takes for the bytes that moved. */
  readonly deadlineMs: number;
  /** No byte moved for so long: the connection is dead. The deadline, when left out. */
  readonly stallMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A long poll has a connection of its own, so that nothing waits behind it. */
  readonly lane?: Exclude<Lane, 'upload'> | undefined;
}

export class GatewayClient {
  readonly baseUrl: string;
  readonly station: string;
  readonly connections: Connections;
  readonly #signingKey: () => KeyPair;
  readonly #now: () => Date;
  readonly #onClockOffset: ((offsetMs: number) => void) | undefined;
  #clockOffsetMs: number | undefined;

  constructor(options: GatewayClientOptions) {
    this.baseUrl = options.baseUrl;
    this.station = options.station;
    this.connections = new Connections(options);
    const { signingKey } = options;
    this.#signingKey = typeof signingKey === 'function' ? signingKey : () => signingKey;
    this.#now = options.now;
    this.#onClockOffset = options.onClockOffset;
  }

  /** The station's clock minus the core's, to the second; undefined before the first answer. */
  get clockOffsetMs(): number | undefined {
    return this.#clockOffsetMs;
  }

  /** A fresh value for the Authorization header, timed by the core's clock as far as it is known. */
  async authorization(): Promise<string> {
    const coreTime = new Date(this.#now().getTime() - (this.#clockOffsetMs ?? 0));
    return `Bearer ${await signStationToken(this.station, this.#signingKey(), coreTime)}`;
  }

  /**
   * Learns the clocks' difference from the Date header of any answer.
   * @param ageMs how long ago that header came.
   */
  observeDate(header: string | null | undefined, ageMs = 0): void {
    const coreTime = header ? Date.parse(header) : Number.NaN;
    if (Number.isNaN(coreTime)) return;
    const offsetMs = Math.round((this.#now().getTime() - ageMs - coreTime) / 1000) * 1000;
    this.#clockOffsetMs = offsetMs;
    this.#onClockOffset?.(offsetMs);
  }

  /**
   * @param schema of what the core answers: by it the core is known, whose word and whose clock are believed.
   * @throws Refusal when the core refuses; LinkError when the link, or whatever sits on it, fails.
   */
  async request<T>(request: GatewayRequest, schema: z.ZodType<T>): Promise<T> {
    const body = await encode(request.body);
    try {
      return await this.#ask(request, schema, body);
    } catch (error) {
      if (!(error instanceof EnrouteError) || error.code !== 'ENR-AUT-003') throw error;
      // That answer told the core's time: once more, with it.
      return this.#ask(request, schema, body);
    }
  }

  /** Ends every request at once. None can be made after it. */
  close(): Promise<void> {
    return this.connections.close();
  }

  async #ask<T>(request: GatewayRequest, schema: z.ZodType<T>, { body, headers }: EncodedBody): Promise<T> {
    const { method, path, lane = 'request', deadlineMs, stallMs = deadlineMs, signal } = request;
    const answer = await exchange(this.connections, {
      lane,
      method,
      url: new URL(path, this.baseUrl),
      headers: {
        authorization: await this.authorization(),
        accept: 'application/json',
        'accept-encoding': 'gzip',
        ...headers,
      },
      body,
      signal,
      deadlineMs,
      stallMs,
    });
    const said = readAnswer(answer, schema);
    if (said instanceof LinkError) {
      // A captive portal has taken this connection over, and may keep it after it has let the station through.
      this.connections.discard(lane);
      throw new LinkError(`${said.message} to ${method} ${path}`, said.cause, answer.status);
    }
    // Only now, for a captive portal has a clock of its own.
    this.observeDate(answer.headers.date, answer.ageMs);
    if (said instanceof Refusal) throw said;
    return said.told;
  }
}

interface EncodedBody {
  readonly body: Uint8Array | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

async function encode(value: unknown): Promise<EncodedBody> {
  if (value === undefined) return { body: undefined, headers: {} };
  const plain = Buffer.from(JSON.stringify(value));
  const headers = { 'content-type': 'application/json' };
  if (plain.byteLength < COMPRESS_FROM_BYTES) return { body: plain, headers };
  return { body: await compress(plain), headers: { ...headers, 'content-encoding': 'gzip' } };
}

/** What the core says, or the refusal that it gives, or why this is not an answer of the core. */
function readAnswer<T>(answer: Answer, schema: z.ZodType<T>): { readonly told: T } | Refusal | LinkError {
  const { status, body } = answer;
  if (status < 200 || status > 299) return refusalIn(answer) ?? new LinkError(`unexpected answer ${status}`);
  try {
    const json: unknown = JSON.parse(body);
    return refusalOf(json, answer) ?? { told: schema.parse(json) };
  } catch (cause) {
    return new LinkError("not the core's answer", cause);
  }
}
