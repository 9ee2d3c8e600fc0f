/**
 * Brings the bytes of one packet to the core over tus 1.0, going on from wherever the core has got to. One call is one try:
 * it ends when the core has all bytes, or with the reason why not; the caller decides when to try again.
 *
 * A new packet takes two requests, `POST` and `PATCH`; one that was begun takes `HEAD` and `PATCH`. Where no
 * `HEAD` comes through, the answer to a `POST` tells how far the core has got. All go over the one
 * upload connection, and no part of a packet waits for an answer to the part before.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { DetailedError, type HttpRequest, Upload } from 'tus-js-client';
import { Refusal, refusalIn } from '../link/answer.ts';
import type { Answer } from '../link/exchange.ts';
import type { GatewayClient } from '../link/gateway-client.ts';
import type { Pace } from '../link/link.ts';
import { LinkError } from '../link/link-error.ts';
import { answerOf, offsetIn, UploadStack } from './http-stack.ts';
import { partDigests } from './parts.ts';
import { UPLOADS_PATH, uploadId } from './upload-id.ts';

export interface UploadProgress {
  /** What the operating system has taken to send, and what the core had before. */
  readonly sentBytes: number;
  /** What is on the core's disk, as it said last. */
  readonly durableBytes: number;
  readonly totalBytes: number;
  /** Where this try went on from; 0 for a new upload. */
  readonly resumedFrom: number;
}

export interface PacketUpload {
  readonly client: GatewayClient;
  readonly rid: string;
  readonly digest: string;
  readonly bytes: Uint8Array;
  /** True when an earlier try may have begun: asks first how far it got, instead of beginning anew. */
  readonly resume: boolean;
  /** No byte moved for so long: the connection is dead, whatever the operating system thinks. */
  readonly stallMs: number;
  readonly signal: AbortSignal;
  /** Asked before each slice: a rate cap, a budget. Waiting for it is no standing still. */
  readonly pace?: Pace | undefined;
  /** Told also when the core has answered for the first time, before any byte is sent. */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
  /** The core says how many more packets this station may send before it asks again. */
  readonly onCredits?: ((packets: number) => void) | undefined;
}

/** Requests in one try that bring bytes. One is enough, unless a late copy of another ends it. */
const MAX_PATCHES = 16;

/** The core answered that it has a part already, to a request after which tus would send it again. */
class BegunAlready extends LinkError {
  readonly offset: number;

  constructor(offset: number) {
    super(`the core has ${offset} bytes already`);
    this.offset = offset;
  }
}

/**
 * @returns where it went on from, in bytes.
 * @throws Refusal when the core refuses; ENR-UPL-005 means that it has the packet already. LinkError otherwise.
 */
export async function uploadPacket(packet: PacketUpload): Promise<number> {
  try {
    return await begin(packet);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'ENR-AUT-003') throw error;
    // That answer told the core's time: once more, with it.
    return begin(packet);
  }
}

async function begin(packet: PacketUpload): Promise<number> {
  try {
    return await attempt(packet);
  } catch (error) {
    if (!(error instanceof BegunAlready)) throw error;
    return attempt({ ...packet, resume: true }, error.offset);
  }
}

/** @param knownOffset how far the core has got, when it said so just now: it is not asked again. */
function attempt(packet: PacketUpload, knownOffset?: number): Promise<number> {
  return new Promise((resolve, reject) => {
    if (packet.signal.aborted) return reject(new LinkError('the upload was stopped'));
    const { client, bytes } = packet;
    const reached = new Reached(packet);
    const finish = (settle: () => void): void => {
      packet.signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = (): void => {
      void upload.abort();
      finish(() => reject(new LinkError('the upload was stopped')));
    };

    const endpoint = new URL(UPLOADS_PATH, client.baseUrl).href;
    const upload = new Upload(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
      endpoint,
      uploadUrl: packet.resume ? `${endpoint}/${uploadId(packet.rid, packet.digest)}` : null,
      metadata: { rid: packet.rid, digest: packet.digest, parts: partDigests(bytes) },
      httpStack: new UploadStack({
        connections: client.connections,
        stallMs: packet.stallMs,
        pace: packet.pace,
        onAcknowledged: (offset) => reached.durable(offset),
        known: knownOffset === undefined ? undefined : { offset: knownOffset, totalBytes: bytes.byteLength },
      }),
      // Where to go on from is the core's to say; nothing is remembered here.
      storeFingerprintForResuming: false,
      retryDelays: null,
      onBeforeRequest: async (request) => {
        request.setHeader('Authorization', await client.authorization());
        // tus can't abort a request that was not sent yet, and would send it.
        if (packet.signal.aborted) throw new LinkError('the upload was stopped');
      },
      onAfterResponse: (request, response) => judge(request, answerOf(response), packet, reached),
      onProgress: (sentBytes) => reached.sent(sentBytes),
      onSuccess: () => finish(() => resolve(reached.resumedFrom)),
      onError: (error) => finish(() => reject(reasonOf(error))),
    });
    packet.signal.addEventListener('abort', onAbort);
    upload.start();
  });
}

/** How far one try has got. Nothing of it goes backwards. */
class Reached {
  readonly #packet: PacketUpload;
  #sentBytes = 0;
  #durableBytes = 0;
  #patches = 0;
  resumedFrom = 0;

  constructor(packet: PacketUpload) {
    this.#packet = packet;
  }

  resumed(offset: number): void {
    this.resumedFrom = offset;
    this.#sentBytes = offset;
    this.durable(offset);
  }

  /** @returns whether another request may bring the rest, when one has not brought all. */
  mayGoOn(): boolean {
    this.#patches += 1;
    return this.#patches < MAX_PATCHES;
  }

  sent(bytes: number): void {
    this.#sentBytes = Math.max(this.#sentBytes, bytes);
    this.#tell();
  }

  /** @param offset as the core said it; it can't have what was not sent. */
  durable(offset: number): void {
    if (offset > this.#sentBytes || offset < this.#durableBytes) return;
    this.#durableBytes = offset;
    this.#tell();
  }

  #tell(): void {
    this.#packet.onProgress?.({
      sentBytes: this.#sentBytes,
      durableBytes: this.#durableBytes,
      totalBytes: this.#packet.bytes.byteLength,
      resumedFrom: this.resumedFrom,
    });
  }
}

/**
 * Looks at each answer before tus does, which would believe anybody.
 * @throws LinkError when it is not the core's, and ends the try with it; BegunAlready.
 */
function judge(request: HttpRequest, answer: Answer, packet: PacketUpload, reached: Reached): void {
  const { client, bytes } = packet;
  const { status, headers } = answer;
  const refusal = refusalIn(answer);
  const isFromCore = headers['tus-resumable'] !== undefined || refusal !== undefined;
  // A captive portal has a clock of its own.
  if (isFromCore) client.observeDate(headers.date, answer.ageMs);
  // To a HEAD nobody can say why not; tus asks again with a POST, and the core answers that with a code.
  const isCodeless = request.getMethod() === 'HEAD' && (status === 503 || (status >= 400 && status < 500));
  if (refusal || isCodeless) return;
  if (!isFromCore || status < 200 || status > 299) {
    client.connections.discard('upload');
    throw new LinkError(`unexpected answer ${status} to ${request.getMethod()} ${UPLOADS_PATH}`, undefined, status);
  }

  const offset = offsetIn(headers) ?? 0;
  if (request.getMethod() === 'POST') {
    const credits = creditsIn(headers);
    if (credits !== undefined) packet.onCredits?.(credits);
    if (offset > 0) throw new BegunAlready(offset);
    reached.resumed(0);
    return;
  }
  if (request.getMethod() === 'HEAD') {
    if (offset >= bytes.byteLength || Number(headers['upload-length']) !== bytes.byteLength) {
      throw new LinkError('the upload is of another length');
    }
    reached.resumed(offset);
    return;
  }
  // Something has ended this request and not the upload: tus goes on from there at once, for ever if it were let.
  const got = offset > Number(request.getHeader('Upload-Offset')) && offset <= bytes.byteLength;
  if (!got || !reached.mayGoOn()) throw new LinkError(`the upload ended at ${offset} of ${bytes.byteLength} bytes`);
  reached.durable(offset);
}

function creditsIn(headers: IncomingHttpHeaders): number | undefined {
  const value = headers['enroute-credits'];
  return typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : undefined;
}

function reasonOf(error: Error | DetailedError): Error {
  if (!(error instanceof DetailedError)) return new LinkError('the upload was cut', error);
  const { causingError, originalResponse } = error;
  if (causingError instanceof LinkError) return causingError;
  const refusal = originalResponse && refusalIn(answerOf(originalResponse));
  return refusal || new LinkError('the upload was cut', error);
}
