/**
 * Brings a packet's bytes to the core over tus 1.0, going on from wherever the core has got to. One call is one try:
 * it ends when the core has all bytes, or with the reason why not; the caller decides when to try again.
 */
import { DetailedError, type HttpRequest, type HttpResponse, Upload } from 'tus-js-client';
import { refusalIn } from '../link/answer.ts';
import type { GatewayClient } from '../link/gateway-client.ts';
import { LinkError } from '../link/link-error.ts';
import { UPLOADS_PATH, uploadId } from './upload-id.ts';

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
  /** @param resumedFrom where this try went on from; 0 for a new upload. */
  readonly onProgress?: (sentBytes: number, totalBytes: number, resumedFrom: number) => void;
}

/** The core answered that it has a part already, to a request that would have sent it again. */
class BegunAlready extends Error {}

/**
 * @returns where it went on from, in bytes.
 * @throws EnrouteError when the core refuses; ENR-UPL-005 means that it has the packet already. LinkError otherwise.
 */
export async function uploadPacket(packet: PacketUpload): Promise<number> {
  try {
    return await attempt(packet);
  } catch (error) {
    if (!(error instanceof BegunAlready)) throw error;
    return attempt({ ...packet, resume: true });
  }
}

function attempt(packet: PacketUpload): Promise<number> {
  return new Promise((resolve, reject) => {
    let resumedFrom = 0;
    let ended = false;
    let watchdog: NodeJS.Timeout | undefined;

    const finish = (settle: () => void): void => {
      ended = true;
      clearTimeout(watchdog);
      packet.signal.removeEventListener('abort', onAbort);
      settle();
    };
    const giveUp = (reason: string): void => {
      void upload.abort();
      finish(() => reject(new LinkError(reason)));
    };
    const onAbort = (): void => giveUp('the upload was stopped');
    const alive = (): void => {
      clearTimeout(watchdog);
      if (!ended) watchdog = setTimeout(() => giveUp(`no byte moved for ${packet.stallMs} ms`), packet.stallMs);
    };

    const endpoint = new URL(UPLOADS_PATH, packet.client.baseUrl).href;
    const id = uploadId(packet.rid, packet.digest);
    const upload = new Upload(Buffer.from(packet.bytes.buffer, packet.bytes.byteOffset, packet.bytes.byteLength), {
      endpoint,
      uploadUrl: packet.resume ? `${endpoint}/${id}` : null,
      metadata: { rid: packet.rid, digest: packet.digest },
      // Where to go on from is the core's to say; nothing is remembered here.
      storeFingerprintForResuming: false,
      retryDelays: null,
      onBeforeRequest: async (request) => {
        alive();
        request.setHeader('Authorization', await packet.client.authorization());
        // tus can't abort a request that was not sent yet, and would send it.
        if (ended) throw new LinkError('the upload was stopped');
      },
      onAfterResponse: (request, response) => {
        alive();
        if (isFromCore(response)) packet.client.observeDate(response.getHeader('Date'));
        const offset = Number(response.getHeader('Upload-Offset') ?? 0);
        if (request.getMethod() === 'HEAD') resumedFrom = offset;
        if (isCreated(request, response) && offset > 0) throw new BegunAlready();
      },
      onProgress: (sent, total) => {
        alive();
        packet.onProgress?.(sent, total, resumedFrom);
      },
      onSuccess: () => finish(() => resolve(resumedFrom)),
      onError: (error) => finish(() => reject(reasonOf(error))),
    });
    if (packet.signal.aborted) return reject(new LinkError('the upload was stopped'));
    packet.signal.addEventListener('abort', onAbort);
    alive();
    upload.start();
  });
}

/** A captive portal has a clock of its own. */
function isFromCore(response: HttpResponse): boolean {
  return response.getHeader('Tus-Resumable') !== undefined || refusalIn(response.getBody()) !== undefined;
}

function isCreated(request: HttpRequest, response: HttpResponse): boolean {
  return request.getMethod() === 'POST' && response.getStatus() === 201;
}

function reasonOf(error: Error | DetailedError): Error {
  if (!(error instanceof DetailedError)) return new LinkError('the upload was cut', error);
  if (error.causingError instanceof BegunAlready) return error.causingError;
  const body = error.originalResponse?.getBody();
  return (body ? refusalIn(body) : undefined) ?? new LinkError('the upload was cut', error);
}
