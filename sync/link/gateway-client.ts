/**
 * A station's requests to its gateway: signed, with a deadline, and with the difference between the two clocks measured
 * on the way, so that a station whose clock is wrong by days still gets in.
 */
import type { KeyPair } from '@enroute/shared/crypto/keys.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { refusalIn } from './answer.ts';
import { LinkError } from './link-error.ts';
import { signStationToken } from './station-token.ts';

/** An answer of the control plane is small; whatever is longer did not come from the core. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export interface GatewayClientOptions {
  /** e.g. "https://gateway.example/"; paths are resolved against it. */
  readonly baseUrl: string;
  readonly station: string;
  readonly signingKey: KeyPair;
  readonly now: () => Date;
}

export interface GatewayRequest {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly body?: unknown;
  /** The whole exchange must be over by then. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

export class GatewayClient {
  readonly baseUrl: string;
  readonly station: string;
  readonly #signingKey: KeyPair;
  readonly #now: () => Date;
  #clockOffsetMs: number | undefined;

  constructor(options: GatewayClientOptions) {
    this.baseUrl = options.baseUrl;
    this.station = options.station;
    this.#signingKey = options.signingKey;
    this.#now = options.now;
  }

  /** The station's clock minus the core's, to the second; undefined before the first answer. */
  get clockOffsetMs(): number | undefined {
    return this.#clockOffsetMs;
  }

  /** A fresh value for the Authorization header, timed by the core's clock as far as it is known. */
  async authorization(): Promise<string> {
    const coreTime = new Date(this.#now().getTime() - (this.#clockOffsetMs ?? 0));
    return `Bearer ${await signStationToken(this.station, this.#signingKey, coreTime)}`;
  }

  /** Learns the clocks' difference from the Date header of any answer. */
  observeDate(header: string | null | undefined): void {
    const coreTime = header ? Date.parse(header) : Number.NaN;
    if (!Number.isNaN(coreTime)) this.#clockOffsetMs = Math.round((this.#now().getTime() - coreTime) / 1000) * 1000;
  }

  /**
   * @returns the answer's JSON; its shape is for the caller to check.
   * @throws EnrouteError when the core refuses; LinkError when the link, or whatever sits on it, fails.
   */
  async request(request: GatewayRequest): Promise<unknown> {
    try {
      return await this.#exchange(request);
    } catch (error) {
      if (!(error instanceof EnrouteError) || error.code !== 'ENR-AUT-003') throw error;
      // That answer told the core's time: once more, with it.
      return this.#exchange(request);
    }
  }

  async #exchange(request: GatewayRequest): Promise<unknown> {
    const deadline = AbortSignal.timeout(request.deadlineMs);
    const signal = request.signal ? AbortSignal.any([deadline, request.signal]) : deadline;
    let response: Response;
    let body: string;
    try {
      response = await fetch(new URL(request.path, this.baseUrl), {
        method: request.method,
        headers: {
          authorization: await this.authorization(),
          accept: 'application/json',
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: request.body === undefined ? null : JSON.stringify(request.body),
        redirect: 'error',
        signal,
      });
      body = await readBounded(response);
    } catch (cause) {
      throw cause instanceof LinkError
        ? cause
        : new LinkError(`no answer from ${request.method} ${request.path}`, cause);
    }
    const answer = readAnswer(response, body, `${request.method} ${request.path}`);
    // Only now, for a captive portal has a clock of its own.
    this.observeDate(response.headers.get('date'));
    if (answer instanceof EnrouteError) throw answer;
    return answer;
  }
}

/** What the core says, or the refusal that it gives. @throws LinkError when this is not the core's answer. */
function readAnswer(response: Response, body: string, request: string): unknown {
  if (!response.ok) {
    const refusal = refusalIn(body);
    if (refusal) return refusal;
    throw new LinkError(`unexpected answer ${response.status} to ${request}`);
  }
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new LinkError(`not the core's answer to ${request}`, cause);
  }
}

async function readBounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new LinkError('the answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
