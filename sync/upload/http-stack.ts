/**
 * How tus's client makes its requests: over the station's upload connection, with the same watch over them as over any
 * other request of the station, and with an ear for what the core says has arrived while the bytes are still going out.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { HttpRequest, HttpResponse, HttpStack } from 'tus-js-client';
import type { Connections } from '../link/connections.ts';
import { type Answer, exchange } from '../link/exchange.ts';
import type { Pace } from '../link/link.ts';
import { LinkError } from '../link/link-error.ts';

export interface UploadStackOptions {
  readonly connections: Connections;
  /** No byte moved for so long: the connection is dead. */
  readonly stallMs: number;
  /** Asked before each slice of a packet. */
  readonly pace?: Pace | undefined;
  /** @param offset so many bytes of the packet are on the core's disk, as it says while more are under way. */
  readonly onAcknowledged: (offset: number) => void;
  /** What a `HEAD` would be answered with, when that is known: it is not asked for then. */
  readonly known?: { readonly offset: number; readonly totalBytes: number } | undefined;
}

export class UploadStack implements HttpStack {
  readonly #options: UploadStackOptions;

  constructor(options: UploadStackOptions) {
    this.#options = options;
  }

  createRequest(method: string, url: string): HttpRequest {
    return new UploadRequest(method, url, this.#options);
  }

  getName(): string {
    return 'UploadStack';
  }
}

/** What was answered to one of these requests. */
export function answerOf(response: HttpResponse): Answer {
  return response.getUnderlyingObject();
}

class UploadRequest implements HttpRequest {
  readonly #method: string;
  readonly #url: string;
  readonly #options: UploadStackOptions;
  readonly #headers = new Map<string, string>();
  readonly #stopping = new AbortController();
  #onSent: (bytes: number) => void = () => undefined;

  constructor(method: string, url: string, options: UploadStackOptions) {
    this.#method = method;
    this.#url = url;
    this.#options = options;
  }

  getMethod(): string {
    return this.#method;
  }

  getURL(): string {
    return this.#url;
  }

  setHeader(header: string, value: string): void {
    this.#headers.set(header.toLowerCase(), value);
  }

  getHeader(header: string): string | undefined {
    return this.#headers.get(header.toLowerCase());
  }

  setProgressHandler(handler: (bytesSent: number) => void): void {
    this.#onSent = handler;
  }

  /** @throws LinkError */
  async send(body?: Uint8Array | null): Promise<HttpResponse> {
    const url = new URL(this.#url);
    const { connections, stallMs, pace, onAcknowledged, known } = this.#options;
    if (known && this.#method === 'HEAD') return new UploadResponse(answerToHead(known));
    // The core names the upload's address; a token for the core is shown to nobody else.
    if (url.origin !== connections.origin) throw new LinkError('the upload lies at another address');
    const from = Number(this.#headers.get('upload-offset') ?? 0);
    const answer = await exchange(connections, {
      lane: 'upload',
      method: this.#method,
      url,
      headers: Object.fromEntries(this.#headers),
      signal: this.#stopping.signal,
      stallMs,
      ...(body ? { body, pace, onSent: this.#onSent, acknowledgedIn: acknowledgedFrom(from, onAcknowledged) } : {}),
    });
    return new UploadResponse(answer);
  }

  async abort(): Promise<void> {
    this.#stopping.abort();
  }

  getUnderlyingObject(): unknown {
    return undefined;
  }
}

/** Reads `Upload-Offset`, the place in the packet; what the request itself has brought is counted from where it began. */
function acknowledgedFrom(
  from: number,
  onAcknowledged: (offset: number) => void,
): (headers: IncomingHttpHeaders) => number | undefined {
  return (headers) => {
    const offset = offsetIn(headers);
    if (offset === undefined || offset < from) return undefined;
    onAcknowledged(offset);
    return offset - from;
  };
}

/** @returns the place in a packet that an answer names; undefined when it names none. */
export function offsetIn(headers: IncomingHttpHeaders): number | undefined {
  const value = headers['upload-offset'];
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function answerToHead({ offset, totalBytes }: { readonly offset: number; readonly totalBytes: number }): Answer {
  const headers = {
    'tus-resumable': '1.0.0',
    'upload-offset': String(offset),
    'upload-length': String(totalBytes),
  };
  return { status: 200, headers, body: '', ageMs: 0 };
}

class UploadResponse implements HttpResponse {
  readonly #answer: Answer;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  getStatus(): number {
    return this.#answer.status;
  }

  getHeader(header: string): string | undefined {
    const value = this.#answer.headers[header.toLowerCase()];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  getBody(): string {
    return this.#answer.body;
  }

  getUnderlyingObject(): Answer {
    return this.#answer;
  }
}
