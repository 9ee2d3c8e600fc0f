/**
 * Requests to CouchDB through nano, with what nano leaves out: a deadline on each, answers that are surely whole, the
 * status of a success, and errors that say whether to try again and carry no credentials.
 *
 * Ids and keys travel in a JSON body, or as an address that the caller has encoded: nano does not encode an id that
 * contains `_local`, and `fetch` resolves an id of `..` to another address.
 */
import nano from 'nano';
import { StoreError } from '../store.ts';
import { openConnections } from './whole-answers.ts';

export interface CouchCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** The database's full name on the server. */
  readonly db: string;
  readonly path?: string;
  /** Instead of a path: a document's address, encoded. No error shows it. */
  readonly document?: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** JSON text. */
  readonly body?: string;
  /** Instead of a body: parts of one `multipart/related` request, sent as they are. */
  readonly parts?: readonly Part[];
  /** Time to answer on top of the usual deadline, for a long poll. */
  readonly extraMs?: number;
  /** Ends the request with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Part {
  readonly contentType: string;
  readonly data: Uint8Array;
}

interface CouchErrorOptions {
  readonly transient: boolean;
  /** HTTP; undefined when there was no answer. */
  readonly status: number | undefined;
  /** CouchDB's own words. */
  readonly reason?: string | undefined;
}

/** CouchDB's refusal, or that there was none. */
export class CouchError extends StoreError {
  readonly status: number | undefined;
  readonly reason: string | undefined;

  constructor(message: string, options: CouchErrorOptions) {
    super(message, { transient: options.transient });
    this.name = 'CouchError';
    this.status = options.status;
    this.reason = options.reason;
  }
}

/** Statuses below 500 that say "later": request timeout, too early, too many requests. */
const TRANSIENT_STATUS = new Set([408, 425, 429]);
/** CouchDB says what it can't find; where nobody does, something in between answered that does not know of CouchDB now. */
const NOT_FOUND = 404;
const MAX_REASON_CHARS = 200;
/** CouchDB took a write, and fewer nodes than asked for have it. */
const ACCEPTED = 202;

export class CouchClient {
  readonly #server: nano.ServerScope;
  readonly #timeoutMs: number;
  readonly #connections = openConnections();
  /** nano answers with a body alone; its log says the status beside the very same body. */
  readonly #statuses = new WeakMap<object, number>();

  constructor(url: string, timeoutMs: number) {
    const { address, authorization } = splitUrl(url);
    // nano takes the last part of the path for a database unless told not to; a server may well be behind a path.
    const config = {
      url: address,
      parseUrl: false,
      headers: authorization,
      agentOptions: this.#connections,
      log: (entry: unknown) => this.#noteStatus(entry as NanoLogEntry),
    };
    // Its types name the class of a dispatcher where one is meant, and another form of log than it has.
    this.#server = nano(config as object as nano.Configuration);
    this.#timeoutMs = timeoutMs;
  }

  /** Lets go of the connections, and of what still runs on them. */
  async close(): Promise<void> {
    await this.#connections.destroy();
  }

  /**
   * @returns the parsed JSON of a success, or its bytes as a Buffer when it is not JSON.
   * @throws CouchError; transient for a write that too few nodes have, which may have been carried out or not.
   */
  async request(call: CouchCall): Promise<unknown> {
    const where = `${call.method} /${call.db}${call.path === undefined ? '' : `/${call.path}`}`;
    const timeoutMs = this.#timeoutMs + (call.extraMs ?? 0);
    call.signal?.throwIfAborted();
    const ending = new AbortController();
    const abort = (): void => ending.abort();
    const timer = setTimeout(abort, timeoutMs);
    call.signal?.addEventListener('abort', abort);
    try {
      // The race, because nano's promise does not settle when the abort comes while it reads a body.
      const request: Promise<unknown> = this.#server.request(toNano(call, ending.signal));
      const answer = await Promise.race([request, rejectOnAbort(ending.signal)]);
      // nano hides a body that is not what it says to be: it answers an empty string instead.
      if (typeof answer !== 'object' || answer === null) {
        throw new CouchError(`CouchDB's answer to ${where} can't be read.`, noAnswer);
      }
      if (this.#statuses.get(answer) === ACCEPTED) {
        throw new CouchError(`Too few nodes of CouchDB have what ${where} wrote.`, {
          transient: true,
          status: ACCEPTED,
        });
      }
      return answer;
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

  #noteStatus({ retval, headers }: NanoLogEntry): void {
    const status = headers?.statusCode;
    if (typeof retval === 'object' && retval !== null && status !== undefined) this.#statuses.set(retval, status);
  }
}

/** The part of nano's log that is read. */
interface NanoLogEntry {
  readonly retval?: unknown;
  readonly headers?: { readonly statusCode?: number };
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
  readonly dontStringify?: boolean;
}

function toNano(call: CouchCall, signal: AbortSignal): NanoRequest {
  const path = call.document ?? call.path;
  const multipart = call.parts?.map(({ contentType, data }) => ({ content_type: contentType, data }));
  const content = multipart === undefined ? { body: call.body, dontStringify: true } : { multipart };
  const where = path === undefined ? { db: call.db } : { db: call.db, path };
  return { method: call.method, ...where, qs: call.query, ...content, signal };
}

/** nano's own error holds the whole request; only status, code and reason are taken from it. */
function toCouchError(where: string, error: unknown): CouchError {
  const { statusCode, error: code, reason, message } = (error ?? {}) as Record<string, unknown>;
  if (typeof statusCode !== 'number') {
    const socket = /\b(E[A-Z]{4,}|UND_ERR_[A-Z_]+)\b/.exec(String(message))?.[0] ?? 'no connection';
    return new CouchError(`CouchDB can't be reached for ${where}: ${socket}.`, noAnswer);
  }
  const why = [code, reason].filter((part) => typeof part === 'string').join(': ');
  const isNotCouch = statusCode === NOT_FOUND && typeof reason !== 'string';
  const transient = statusCode >= 500 || TRANSIENT_STATUS.has(statusCode) || isNotCouch;
  const text = `CouchDB answered ${statusCode} to ${where}: ${why.slice(0, MAX_REASON_CHARS)}`;
  return new CouchError(text, {
    transient,
    status: statusCode,
    reason: typeof reason === 'string' ? reason : undefined,
  });
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
