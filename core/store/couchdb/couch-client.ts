/**
 * Requests to CouchDB through nano, with what nano leaves out: a deadline on each, answers that are surely whole, and
 * errors that say whether to try again and carry no credentials.
 *
 * Every document id and key travels in a JSON body, never in a path: nano does not encode an id that contains `_local`,
 * and `fetch` resolves an id of `..` to another address.
 */
import nano from 'nano';
import { StoreError } from '../store.ts';

export interface CouchCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** The database's full name on the server. */
  readonly db: string;
  readonly path?: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** JSON text. */
  readonly body?: string;
  /** Time to answer on top of the usual deadline, for a long poll. */
  readonly extraMs?: number;
  /** Ends the request with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** CouchDB's refusal, with its HTTP status; undefined when there was no answer. */
export class CouchError extends StoreError {
  readonly status: number | undefined;

  constructor(message: string, options: { readonly transient: boolean; readonly status: number | undefined }) {
    super(message, { transient: options.transient });
    this.name = 'CouchError';
    this.status = options.status;
  }
}

/** Statuses below 500 that say "later": request timeout, too early, too many requests. */
const TRANSIENT_STATUS = new Set([408, 425, 429]);
const MAX_REASON_CHARS = 200;

export class CouchClient {
  readonly #server: nano.ServerScope;
  readonly #timeoutMs: number;

  constructor(url: string, timeoutMs: number) {
    const { address, authorization } = splitUrl(url);
    // nano takes the last part of the path for a database unless told not to; a server may well be behind a path.
    const config = { url: address, parseUrl: false, headers: authorization };
    this.#server = nano(config);
    this.#timeoutMs = timeoutMs;
  }

  /** @returns the parsed JSON of a success. */
  async request(call: CouchCall): Promise<unknown> {
    const where = `${call.method} /${call.db}${call.path === undefined ? '' : `/${call.path}`}`;
    const timeoutMs = this.#timeoutMs + (call.extraMs ?? 0);
    call.signal?.throwIfAborted();
    const ending = new AbortController();
    const abort = (): void => ending.abort();
    const timer = setTimeout(abort, timeoutMs);
    call.signal?.addEventListener('abort', abort);
    try {
      // The race, because nano's promise never settles when a body that is not JSON breaks off or is aborted.
      const request: Promise<unknown> = this.#server.request(toNano(call, ending.signal));
      const answer = await Promise.race([request, rejectOnAbort(ending.signal)]);
      // nano hides a body that broke off or was not JSON: it answers an empty string instead.
      if (typeof answer === 'object' && answer !== null) return answer;
      throw new CouchError(`CouchDB's answer to ${where} broke off.`, { transient: true, status: undefined });
    } catch (error) {
      call.signal?.throwIfAborted();
      if (ending.signal.aborted) {
        throw new CouchError(`CouchDB did not answer ${where} within ${timeoutMs} ms.`, noAnswer);
      }
      throw error instanceof CouchError ? error : toCouchError(where, error);
    } finally {
      clearTimeout(timer);
      call.signal?.removeEventListener('abort', abort);
    }
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

const noAnswer = { transient: true, status: undefined } as const;

/** The fields that nano reads and its types leave out. */
interface NanoRequest extends nano.RequestOptions {
  readonly signal: AbortSignal;
  /** The body is JSON text already. */
  readonly dontStringify: boolean;
}

function toNano(call: CouchCall, signal: AbortSignal): NanoRequest {
  const path = call.path === undefined ? {} : { path: call.path };
  return { method: call.method, db: call.db, ...path, qs: call.query, body: call.body, dontStringify: true, signal };
}

/** nano's own error holds the whole request; only status, code and reason are taken from it. */
function toCouchError(where: string, error: unknown): CouchError {
  const { statusCode, error: code, reason, message } = (error ?? {}) as Record<string, unknown>;
  if (typeof statusCode !== 'number') {
    const socket = /\b(E[A-Z]{4,}|UND_ERR_[A-Z_]+)\b/.exec(String(message))?.[0] ?? 'no connection';
    return new CouchError(`CouchDB can't be reached for ${where}: ${socket}.`, noAnswer);
  }
  const why = [code, reason].filter((part) => typeof part === 'string').join(': ');
  const transient = statusCode >= 500 || TRANSIENT_STATUS.has(statusCode);
  const text = `CouchDB answered ${statusCode} to ${where}: ${why.slice(0, MAX_REASON_CHARS)}`;
  return new CouchError(text, { transient, status: statusCode });
}

/** Takes the credentials out of the URL, so that no later error can show them. */
function splitUrl(text: string): { address: string; authorization: Record<string, string> } {
  let url: URL;
  let user: string;
  let password: string;
  try {
    url = new URL(text);
    user = decodeURIComponent(url.username);
    password = decodeURIComponent(url.password);
  } catch {
    // Without a cause: the error of `new URL` carries its input.
    throw new StoreError("CouchDB's URL can't be read.", { transient: false });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new StoreError("CouchDB's URL must begin with http: or https:.", { transient: false });
  }
  const address = `${url.origin}${url.pathname}`;
  if (user === '') return { address, authorization: {} };
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return { address, authorization: { Authorization: `Basic ${basic}` } };
}
