/**
 * While an upload runs, what has come is made durable every so often and the station is told how far that is. So a
 * connection that breaks late costs the bytes of the last moments, and the station knows on a slow link that it gets on.
 */
import type { ServerResponse } from 'node:http';
import type { GrowingUpload } from './upload-medium.ts';

/** The informational status of resumable uploads: how far a request that is still running has got. */
const UPLOAD_RESUMPTION_SUPPORTED = 104;

export interface DurableProgress {
  /** Nothing is told any more when it resolves. @throws the medium's error of a moment in between. */
  stop(): Promise<void>;
}

export interface Follower {
  /** What throws keeps what came from being made durable. */
  readonly check: () => void;
  /** Is called with how many bytes are durable, while they become more. */
  readonly tell: (bytes: number) => void;
  /** Nothing more is made durable: neither is what comes worth having. */
  readonly failed: (error: Error) => void;
}

/** @param everyMs at most so often */
export function followDurably(
  upload: GrowingUpload,
  everyMs: number,
  { check, tell, failed }: Follower,
): DurableProgress {
  let toldBytes = upload.endBytes;
  let stopped = false;
  let running: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;

  const advance = async (): Promise<void> => {
    if (upload.endBytes === toldBytes || failure) return;
    try {
      check();
      const durableBytes = await upload.advance();
      if (!stopped && durableBytes > toldBytes) tell(durableBytes);
      toldBytes = Math.max(toldBytes, durableBytes);
    } catch (error) {
      failure = { error };
      failed(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const timer = setInterval(() => {
    running ??= advance().finally(() => {
      running = undefined;
    });
  }, everyMs);
  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await running;
      if (failure) throw failure.error;
    },
  };
}

/** Only where it can be understood and still be in time: HTTP/1.0 knows no informational answers. */
export function tellProgress(response: ServerResponse, durableBytes: number): void {
  // Node has it since 24.18; without it the final answer has to do.
  if (response.req.httpVersion === '1.0' || !('writeInformation' in response)) return;
  if (response.headersSent || response.writableEnded || response.destroyed) return;
  response.writeInformation(UPLOAD_RESUMPTION_SUPPORTED, { 'Upload-Offset': String(durableBytes) });
}
