/**
 * One request on a connection of the station, and its answer: handed to the socket no faster than it takes it, watched
 * for standing still, bounded in time and size. Whatever goes wrong on the way is a `LinkError`; what the answer means is
 * for the caller to say.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Client, Dispatcher } from 'undici';
import { type Connections, type Lane, SLICE_BYTES } from './connections.ts';
import { startDeadline } from './deadline.ts';
import { Delivery } from './delivery.ts';
import type { Pace } from './link.ts';
import { LinkError, LinkTooSlow } from './link-error.ts';
import { type StallWatch, watchForStall } from './stall-watch.ts';

/** What the core answers is small; whatever is longer did not come from it. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

const decompress = promisify(gunzip);

/** No smaller slices, however low the pace: each costs its share of what TLS and TCP add. */
const SMALLEST_SLICE_BYTES = 1024;

export interface ExchangeRequest {
  readonly lane: Lane;
  readonly method: Dispatcher.HttpMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * The whole exchange must be over by then, and what the slowest link takes for the bytes that moved; without it, it
   * takes as long as something moves.
   */
  readonly deadlineMs?: number | undefined;
  /** No byte moved for so long: the connection is dead, whatever the operating system thinks. */
  readonly stallMs: number;
  /** Asked before each slice of the body. */
  readonly pace?: Pace | undefined;
  /** @param bytes of the body that the socket was given so far. */
  readonly onSent?: ((bytes: number) => void) | undefined;
  /**
   * Reads an informational answer. @returns how many bytes of the body the other side says that it has; undefined when it
   * says nothing of that.
   */
  readonly acknowledgedIn?: ((headers: IncomingHttpHeaders) => number | undefined) | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** How long before its last byte its headers came: a long poll's answer begins long before it ends. */
  readonly ageMs: number;
}

/**
 * @returns whatever was answered, by whomever. Redirections are not followed.
 * @throws LinkError when no whole answer came, or the caller's signal was aborted.
 */
export async function exchange(connections: Connections, request: ExchangeRequest): Promise<Answer> {
  if (request.signal?.aborted) throw new LinkError('the request was stopped');
  const client = connections.of(request.lane);
  const ending = new AbortController();
  const giveUp = (reason: LinkError): void => ending.abort(reason);
  const delivery = new Delivery(connections, request);
  const watch = watchForStall(
    () => delivery.patienceMs(),
    () => {
      delivery.noteStall();
      giveUp(new LinkTooSlow(`no byte moved for ${request.stallMs} ms`));
    },
  );
  const onAbort = (): void => giveUp(new LinkError('the request was stopped'));
  request.signal?.addEventListener('abort', onAbort);
  const { deadlineMs } = request;
  const onOver = (): void => giveUp(new LinkTooSlow(`no answer to ${told(request)} within ${deadlineMs} ms`));
  const deadline = deadlineMs && startDeadline(deadlineMs, () => delivery.movingMs(), onOver);
  try {
    // undici does not look at the signal before the connection is open.
    return await Promise.race([rejectionOf(ending.signal), perform(client, request, delivery, watch, ending.signal)]);
  } catch (error) {
    dropAfterFailure(connections, request, client);
    throw linkErrorOf(error, request);
  } finally {
    watch.stop();
    if (deadline) deadline.stop();
    request.signal?.removeEventListener('abort', onAbort);
    ending.abort();
  }
}

async function perform(
  client: Client,
  request: ExchangeRequest,
  delivery: Delivery,
  watch: StallWatch,
  signal: AbortSignal,
): Promise<Answer> {
  const { statusCode, headers, body } = await client.request({
    method: request.method,
    path: request.url.pathname + request.url.search,
    headers: { ...request.headers, ...lengthOf(request.body) },
    // undici closes the connection after a HEAD, for servers that answer it with a body. Ours does not.
    reset: false,
    body: bodyOf(request, delivery, watch, signal),
    signal,
    onInfo: ({ headers: information }) => {
      delivery.noteInformation(information);
      watch.moved();
    },
  });
  watch.moved();
  const begun = performance.now();
  const parts: Uint8Array[] = [];
  for await (const part of body as AsyncIterable<Uint8Array>) {
    delivery.noteReceived(part.byteLength);
    watch.moved();
    if (delivery.receivedBytes > MAX_ANSWER_BYTES) throw new LinkError('the answer is too long');
    parts.push(part);
  }
  const ageMs = performance.now() - begun;
  return { status: statusCode, headers, body: await textOf(Buffer.concat(parts), headers), ageMs };
}

async function textOf(bytes: Buffer, headers: IncomingHttpHeaders): Promise<string> {
  if (headers['content-encoding'] !== 'gzip') return bytes.toString('utf8');
  const plain = await decompress(bytes, { maxOutputLength: MAX_ANSWER_BYTES }).catch((cause: unknown) => {
    throw new LinkError('the answer can not be decompressed', cause);
  });
  return plain.toString('utf8');
}

/** The length is told because a stream's own is not known: without it the body would go in chunks. */
function lengthOf(body: Uint8Array | undefined): Record<string, string> {
  return body ? { 'content-length': String(body.byteLength) } : {};
}

/** What fits into one slice goes in one piece with the header. */
function bodyOf(
  { body, pace }: ExchangeRequest,
  delivery: Delivery,
  watch: StallWatch,
  signal: AbortSignal,
): Readable | Uint8Array | null {
  if (!body) return null;
  if (body.byteLength <= SLICE_BYTES && !pace) {
    delivery.noteSent(body.byteLength);
    watch.moved();
    return body;
  }
  return Readable.from(slicesOf(body, pace, delivery, watch, signal), {
    objectMode: false,
    highWaterMark: SLICE_BYTES,
  });
}

/** The next slice is asked for when the socket has taken the one before. */
async function* slicesOf(
  body: Uint8Array,
  pace: Pace | undefined,
  delivery: Delivery,
  watch: StallWatch,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < body.byteLength; ) {
    const slice = body.subarray(from, from + sliceBytesOf(pace));
    from += slice.byteLength;
    if (pace) {
      watch.hold();
      await pace.take(slice.byteLength, signal);
    }
    delivery.noteSent(slice.byteLength);
    watch.release();
    yield slice;
  }
}

/** No more than goes in a second: what waits for longer than the core does for the next byte is cut off. */
function sliceBytesOf(pace: Pace | undefined): number {
  return Math.min(SLICE_BYTES, Math.max(SMALLEST_SLICE_BYTES, pace?.capBytesPerSecond ?? SLICE_BYTES));
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Whoever stops a request says nothing of the link; others that wait for the same connection get it, opened anew. */
function dropAfterFailure(connections: Connections, { lane, signal }: ExchangeRequest, client: Client): void {
  if (signal?.aborted) {
    if (client.stats.size <= 1) connections.discard(lane, client);
    return;
  }
  connections.discard(lane, client);
  connections.suspect();
}

/** The words of OpenSSL and Node for a certificate that is not to be believed. */
const CERTIFICATE_PROBLEM = /^(?:CERT_|ERR_TLS_CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY)_)/;

function linkErrorOf(error: unknown, request: ExchangeRequest): LinkError {
  if (error instanceof LinkError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (CERTIFICATE_PROBLEM.test(code)) return new LinkError(`the gateway's certificate is not trusted (${code})`, error);
  return new LinkError(`no answer to ${told(request)}`, error);
}

function told({ method, url }: ExchangeRequest): string {
  return `${method} ${url.pathname}`;
}
