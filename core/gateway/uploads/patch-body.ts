/**
 * The bytes that a PATCH brings. tus would hand them on through streams of the web and back, which costs more than all else
 * that it does; so it is shown a request without a body, and the store takes the bytes from here.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';

export interface PatchBody {
  /** Ends where the request does, where its connection breaks, or where somebody ends it. */
  readonly bytes: Readable;
  /** What has come may still be read; what comes from now on is none of it. */
  end(): void;
}

/** Of the PATCH that is being answered. */
export const patchBody = new AsyncLocalStorage<PatchBody>();

/** @param displaced ends it, too */
export function bodyOf(request: IncomingMessage, displaced: AbortSignal | undefined): PatchBody {
  const bytes = new PassThrough();
  request.pipe(bytes);
  const end = (): void => {
    request.unpipe(bytes);
    bytes.end();
  };
  request.once('close', end);
  displaced?.addEventListener('abort', end, { once: true });
  if (displaced?.aborted) end();
  return { bytes, end };
}
