/**
 * Brings announced packets to the core, one after the other. A packet that is refused is set aside and the next one
 * goes; a link that fails is waited for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { type BackOff, fullJitter } from '@enroute/sync/link/back-off.ts';
import type { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import { uploadPacket } from '@enroute/sync/upload/upload-packet.ts';
import type { Logger } from 'pino';
import type { PacketFiles } from '../queue/packet-files.ts';
import type { Queue } from '../queue/queue.ts';
import type { QueueItem } from '../queue/queue-item.ts';

export interface UploadProgress {
  readonly rid: string;
  readonly sentBytes: number;
  readonly totalBytes: number;
  /** Where this try went on from; 0 for a new upload. */
  readonly resumedFrom: number;
}

export interface UploaderOptions {
  readonly queue: Queue;
  readonly files: PacketFiles;
  readonly client: GatewayClient;
  readonly backOff: BackOff;
  readonly stallMs: number;
  readonly onProgress: (progress: UploadProgress) => void;
  readonly onLink: (up: boolean, error?: Error) => void;
  readonly log: Logger;
}

export interface Uploader {
  /** There may be something to do. */
  wake(): void;
  stop(): Promise<void>;
}

/** Looked for again after so long even if nobody called. */
const IDLE_MS = 30_000;
/** A packet whose bytes arrive wrong is tried so often from the start, then someone must look. */
const MAX_SPOILT_TRIES = 3;

/** Refusals that pass: the core is not ready for this packet yet, or not for anyone. */
const PASSING = new Set([
  'ENR-UPL-001',
  'ENR-WEB-002',
  'ENR-AUT-001',
  'ENR-AUT-002',
  'ENR-AUT-003',
  'ENR-AUT-004',
  'ENR-AUT-005',
]);
const SPOILT = new Set(['ENR-UPL-002', 'ENR-UPL-003']);

type Step = 'progress' | 'wait' | 'idle';

export function startUploader(options: UploaderOptions): Uploader {
  const stopping = new AbortController();
  const spoilt = new Map<string, number>();
  let sleeping = new AbortController();
  let woken = false;

  async function loop(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      const step = await uploadNext().catch((error: unknown): Step => {
        options.log.error({ err: error }, 'uploader');
        return 'wait';
      });
      failures = step === 'wait' ? failures + 1 : 0;
      if (step === 'wait') await fullJitter(failures, options.backOff, stopping.signal);
      if (step === 'idle') await idle();
    }
  }

  async function idle(): Promise<void> {
    if (!woken && !stopping.signal.aborted) {
      sleeping = new AbortController();
      await sleep(IDLE_MS, undefined, { signal: sleeping.signal }).catch(() => undefined);
    }
    woken = false;
  }

  /** Urgent before normal, oldest first. */
  async function next(): Promise<QueueItem | undefined> {
    const ready = await options.queue.inState(['UPLOADING', 'ANNOUNCED'], 1000);
    return ready.find(({ manifest }) => manifest.priority === 'urgent') ?? ready[0];
  }

  async function uploadNext(): Promise<Step> {
    const item = await next();
    if (!item) return 'idle';
    const { rid, manifest } = item;
    try {
      const bytes = await options.files.read(rid, manifest.packet.digest);
      await options.queue.move(rid, 'UPLOADING');
      await uploadPacket({
        client: options.client,
        rid,
        digest: manifest.packet.digest,
        bytes,
        resume: item.state === 'UPLOADING',
        stallMs: options.stallMs,
        signal: stopping.signal,
        onProgress: (sentBytes, totalBytes, resumedFrom) => {
          options.onProgress({ rid, sentBytes, totalBytes, resumedFrom });
        },
      });
      options.onLink(true);
    } catch (error) {
      if (!(error instanceof EnrouteError)) return failed(error);
      if (error.code !== 'ENR-UPL-005') return refused(rid, error);
    }
    await options.queue.move(rid, 'SENT');
    spoilt.delete(rid);
    return 'progress';
  }

  function failed(error: unknown): Step {
    if (!stopping.signal.aborted) options.onLink(false, error instanceof Error ? error : new Error(String(error)));
    return 'wait';
  }

  async function refused(rid: string, error: EnrouteError): Promise<Step> {
    if (PASSING.has(error.code)) {
      if (error.code.startsWith('ENR-AUT-')) options.onLink(false, error);
      return 'wait';
    }
    const tries = (spoilt.get(rid) ?? 0) + 1;
    if (SPOILT.has(error.code) && tries < MAX_SPOILT_TRIES) {
      spoilt.set(rid, tries);
      return 'wait';
    }
    spoilt.delete(rid);
    options.log.error({ rid, code: error.code }, 'packet set aside');
    await options.queue.move(rid, 'SET_ASIDE', { problem: error.code });
    return 'progress';
  }

  const running = loop();
  return {
    wake: () => {
      woken = true;
      sleeping.abort();
    },
    stop: async () => {
      stopping.abort();
      sleeping.abort();
      await running;
    },
  };
}
