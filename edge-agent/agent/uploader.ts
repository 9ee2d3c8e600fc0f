/**
 * Brings the packets that the core expects to it, one after the other. What the core says of one packet never holds up the others:
 * a packet that it refuses is set aside, one that it is not ready for is passed over until the others had their turn. A
 * link that fails is waited for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { type BackOff, backOffMs } from '@enroute/sync/link/back-off.ts';
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
  /** Told after every try. */
  readonly onLink: (up: boolean, error?: Error) => void;
  readonly log: Logger;
}

export interface Uploader {
  /** There may be something to do, or the link may be back: ends every wait. */
  wake(): void;
  stop(): Promise<void>;
}

/** Looked for again after so long even if nobody called. */
const IDLE_MS = 30_000;
/** A packet whose bytes arrive wrong is tried so often from the start, then someone must look. */
const MAX_SPOILT_TRIES = 3;
/** Bytes that did not arrive as they were sent. */
const SPOILT = new Set<string>(['ENR-UPL-002', 'ENR-UPL-003']);
/** Codes about the packet itself: no other try can end otherwise. */
const ABOUT_THE_PACKET = /^ENR-(PKT|MAN|VAL)-/;
/** Codes about the station or the core: the next packet would fare no better. */
const ABOUT_EVERYTHING = /^ENR-(AUT|WEB)-/;

/** `next`: the next packet at once; `wait`: back off first; `idle`: until someone calls. */
type Step = 'next' | 'wait' | 'idle';

export function startUploader(options: UploaderOptions): Uploader {
  const run = new UploaderRun(options);
  const running = run.loop();
  return {
    wake: () => run.wake(),
    stop: async () => {
      run.stop();
      await running;
    },
  };
}

class UploaderRun {
  readonly #options: UploaderOptions;
  readonly #stopping = new AbortController();
  /** Tries of packets whose bytes arrived wrong. */
  readonly #spoilt = new Map<string, number>();
  /** Packets that the core was not ready for, until it has taken another or all have had their turn. */
  readonly #passedOver = new Set<string>();
  #failures = 0;
  /** How far the core has got with the packet at hand, as it said last. */
  #reached = { rid: '', bytes: 0 };
  #sleeping = new AbortController();
  #woken = false;

  constructor(options: UploaderOptions) {
    this.#options = options;
  }

  wake(): void {
    this.#woken = true;
    this.#sleeping.abort();
  }

  stop(): void {
    this.#stopping.abort();
    this.#sleeping.abort();
  }

  async loop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const step = await this.#uploadNext().catch((error: unknown): Step => {
        this.#options.log.error({ err: error }, 'uploader');
        return 'wait';
      });
      if (step === 'idle') await this.#sleep(IDLE_MS);
      if (step === 'wait') {
        await this.#sleep(backOffMs(this.#failures, this.#options.backOff, Math.random()));
        this.#failures += 1;
      }
    }
  }

  async #sleep(ms: number): Promise<void> {
    if (!this.#woken && !this.#stopping.signal.aborted) {
      this.#sleeping = new AbortController();
      await sleep(ms, undefined, { signal: this.#sleeping.signal }).catch(() => undefined);
    }
    if (this.#woken) this.#failures = 0;
    this.#woken = false;
  }

  /** Urgent before normal, oldest first. */
  async #next(): Promise<QueueItem | undefined> {
    const waiting = await this.#options.queue.next(['UPLOADING', 'EXPECTED'], this.#passedOver.size + 1);
    return waiting.find(({ rid }) => !this.#passedOver.has(rid));
  }

  async #uploadNext(): Promise<Step> {
    const item = await this.#next();
    if (!item) {
      if (this.#passedOver.size === 0) return 'idle';
      this.#passedOver.clear();
      return 'next';
    }
    const bytes = await this.#read(item);
    if (typeof bytes === 'string') return bytes;
    await this.#options.queue.move(item.rid, 'UPLOADING');
    const failure = await this.#upload(item, bytes);
    if (failure instanceof EnrouteError) {
      if (failure.code !== 'ENR-UPL-005') return this.#refused(item.rid, failure);
    } else if (failure) {
      if (!this.#stopping.signal.aborted) this.#options.onLink(false, failure);
      return 'wait';
    }
    this.#options.onLink(true);
    this.#failures = 0;
    this.#spoilt.delete(item.rid);
    this.#passedOver.clear();
    await this.#options.queue.move(item.rid, 'SENT');
    return 'next';
  }

  /** The packet's bytes, or what to do without them: one that is damaged is set aside, one that can't be read now waits. */
  async #read({ rid, manifest }: QueueItem): Promise<Uint8Array | Step> {
    try {
      return await this.#options.files.read(rid, manifest.packet.digest);
    } catch (error) {
      if (!(error instanceof EnrouteError)) throw error;
      if (error.code !== 'ENR-STN-003') return this.#passOver(rid, error);
      await this.#setAside(rid, error);
      return 'next';
    }
  }

  /** One try. @returns what went wrong: an EnrouteError is the core's answer, anything else the link's. */
  async #upload({ rid, state, manifest }: QueueItem, bytes: Uint8Array): Promise<Error | undefined> {
    try {
      await uploadPacket({
        client: this.#options.client,
        rid,
        digest: manifest.packet.digest,
        bytes,
        resume: state === 'UPLOADING',
        stallMs: this.#options.stallMs,
        signal: this.#stopping.signal,
        onProgress: (sentBytes, totalBytes, resumedFrom) => {
          this.#noteReached(rid, resumedFrom);
          this.#options.onProgress({ rid, sentBytes, totalBytes, resumedFrom });
        },
      });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** A link that is cut again and again, and yet brings the packet on, is not to be waited for ever longer. */
  #noteReached(rid: string, resumedFrom: number): void {
    const before = this.#reached.rid === rid ? this.#reached.bytes : 0;
    if (resumedFrom > before) this.#failures = 0;
    this.#reached = { rid, bytes: resumedFrom };
  }

  async #refused(rid: string, error: EnrouteError): Promise<Step> {
    // An answer came, so the link is up; a station that is not let in has none.
    this.#options.onLink(!error.code.startsWith('ENR-AUT-'), error);
    if (ABOUT_EVERYTHING.test(error.code)) return 'wait';
    if (SPOILT.has(error.code)) {
      const tries = (this.#spoilt.get(rid) ?? 0) + 1;
      this.#spoilt.set(rid, tries);
      if (tries < MAX_SPOILT_TRIES) return this.#passOver(rid, error);
    } else if (!ABOUT_THE_PACKET.test(error.code)) {
      return this.#passOver(rid, error);
    }
    this.#spoilt.delete(rid);
    await this.#setAside(rid, error);
    return 'next';
  }

  /** Not at once to the next: the core may not be ready for any, and each try costs the link a few hundred bytes. */
  #passOver(rid: string, { code }: EnrouteError): Step {
    this.#options.log.info({ rid, code }, 'packet passed over');
    this.#passedOver.add(rid);
    return 'wait';
  }

  async #setAside(rid: string, { code }: EnrouteError): Promise<void> {
    this.#options.log.error({ rid, code }, 'packet set aside');
    await this.#options.queue.move(rid, 'SET_ASIDE', { problem: code });
  }
}
