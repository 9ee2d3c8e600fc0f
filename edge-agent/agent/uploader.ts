/**
 * Brings the packets that the core expects to it, one after the other, in the order of `upload-order.ts`. What the core says of
 * one packet never holds up the others: a packet that it refuses is set aside, one that it is not ready for is passed over
 * until the others had their turn. When to try at all is for the link to say.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { Refusal } from '@enroute/sync/link/answer.ts';
import type { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import type { Passage } from '@enroute/sync/link/link.ts';
import { LinkError } from '@enroute/sync/link/link-error.ts';
import type { LinkManager } from '@enroute/sync/link/link-manager.ts';
import { type UploadProgress as TryProgress, uploadPacket } from '@enroute/sync/upload/upload-packet.ts';
import type { Logger } from 'pino';
import type { PacketFiles } from '../queue/packet-files.ts';
import type { Queue } from '../queue/queue.ts';
import type { QueueItem } from '../queue/queue-item.ts';
import { isFirstClass, nextUpload, type UploadTurn } from '../queue/upload-order.ts';

export interface UploadProgress extends TryProgress {
  readonly rid: string;
}

export interface UploaderOptions {
  readonly queue: Queue;
  readonly files: PacketFiles;
  readonly client: GatewayClient;
  readonly link: Pick<LinkManager, 'use' | 'acknowledged' | 'take' | 'creditsSpent' | 'status'>;
  readonly stallMs: number;
  readonly onProgress: (progress: UploadProgress) => void;
  readonly log: Logger;
}

export interface Uploader {
  /** There may be something to do, or something more urgent. */
  wake(): void;
  stop(): Promise<void>;
}

/** Looked for again after so long even if nobody called. */
const IDLE_MS = 30_000;
/** The station's own disk does not answer: looked at again after so long. */
const TROUBLE_MS = 1_000;
/** A packet whose bytes arrive wrong as a whole is tried so often from the start, then someone must look. */
const MAX_SPOILT_TRIES = 3;
/** A part that arrived damaged is sent again at once, so often; then other packets have their turn. */
const MAX_DAMAGED_PARTS = 8;
/** With more than this left to send, an upload makes room for a packet that goes first. */
const LONG_UPLOAD_MS = 30_000;
/** More are not remembered; the first then have another turn. */
const MAX_PASSED_OVER = 200;
/** Bytes that did not arrive as they were sent. */
const SPOILT = new Set<string>(['ENR-UPL-002', 'ENR-UPL-003']);
const DAMAGED_PART = 'ENR-UPL-006';
/** Codes about the packet itself: no other try can end otherwise. */
const ABOUT_THE_PACKET = /^ENR-(PKT|MAN|VAL)-/;
/** Codes about the station, the core, or how much it takes: the next packet would fare no better. */
const ABOUT_EVERYTHING = /^ENR-(AUT-|WEB-|UPL-007)/;

/** How a turn ended: the packet is through with, one way or another, or the same one goes on. */
type Outcome = 'done' | 'go on';

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

/** The packet whose turn it is. */
interface Turn extends UploadTurn {
  /** Aborted when another takes its place. */
  readonly makeRoom: AbortController;
  /** How far it has got; undefined while it still waits for the link. */
  progress: TryProgress | undefined;
}

class UploaderRun {
  readonly #options: UploaderOptions;
  readonly #stopping = new AbortController();
  /** Tries of packets whose bytes arrived wrong, and parts of them. */
  readonly #spoilt = new Map<string, number>();
  readonly #damagedParts = new Map<string, number>();
  /** Packets that the core was not ready for, until it has taken another or all have had their turn. */
  readonly #passedOver = new Set<string>();
  /** How far the core has got with the packet at hand, as it said last. */
  #reached = { rid: '', bytes: 0 };
  #turns = 0;
  #turn: Turn | undefined;
  #idling = new AbortController();
  #woken = false;

  constructor(options: UploaderOptions) {
    this.#options = options;
  }

  wake(): void {
    this.#woken = true;
    this.#idling.abort();
    const turn = this.#turn;
    if (turn) this.#reconsider(turn).catch((error: unknown) => this.#trouble(error));
  }

  stop(): void {
    this.#stopping.abort();
    this.#idling.abort();
  }

  async loop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#woken = false;
      try {
        const next = await this.#next();
        if (next) await this.#take(next);
        else await this.#idle(IDLE_MS);
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#trouble(error);
        await this.#idle(TROUBLE_MS);
      }
    }
  }

  async #idle(ms: number): Promise<void> {
    if (this.#woken || this.#stopping.signal.aborted) return;
    this.#idling = new AbortController();
    await sleep(ms, undefined, { signal: this.#idling.signal }).catch(() => undefined);
  }

  #trouble(error: unknown): void {
    this.#options.log.error({ err: error }, 'uploader');
  }

  async #next(): Promise<UploadTurn | undefined> {
    const next = nextUpload(await this.#waiting(), this.#turns);
    if (next || this.#passedOver.size === 0) return next;
    this.#passedOver.clear();
    return nextUpload(await this.#waiting(), this.#turns);
  }

  async #waiting(): Promise<QueueItem[]> {
    const found = await this.#options.queue.firstInLine(['UPLOADING', 'EXPECTED'], this.#passedOver.size + 1);
    return found.filter(({ rid }) => !this.#passedOver.has(rid));
  }

  /** A packet that goes first does not wait until one that takes long is through, unless that one had waited longest. */
  async #reconsider(turn: Turn): Promise<void> {
    if (turn.isForOldest || isFirstClass(turn.item)) return;
    if (turn.progress && !this.#takesLong(turn.progress)) return;
    if ((await this.#waiting()).some(isFirstClass)) turn.makeRoom.abort();
  }

  #takesLong({ durableBytes, totalBytes }: TryProgress): boolean {
    const { bytesPerSecond } = this.#options.link.status;
    return bytesPerSecond !== null && ((totalBytes - durableBytes) / bytesPerSecond) * 1000 > LONG_UPLOAD_MS;
  }

  /** One try, as soon as the link lets it go. What failed is known to the link, which has made us wait. */
  async #take(next: UploadTurn): Promise<void> {
    const turn: Turn = { ...next, makeRoom: new AbortController(), progress: undefined };
    this.#turn = turn;
    try {
      const signal = AbortSignal.any([this.#stopping.signal, turn.makeRoom.signal]);
      const outcome = await this.#options.link.use('data', signal, (passage) => this.#upload(turn, passage));
      if (outcome === 'done') this.#turns += 1;
    } catch (error) {
      if (this.#stopping.signal.aborted || turn.makeRoom.signal.aborted || error instanceof LinkError) return;
      if (!(error instanceof EnrouteError)) throw error;
      await this.#failed(turn.item.rid, error);
    } finally {
      this.#turn = undefined;
    }
  }

  /** What the core says of this packet alone is an answer like any other; all else is thrown, for the link to learn from. */
  async #upload(turn: Turn, passage: Passage): Promise<Outcome> {
    const { queue, files, link } = this.#options;
    const { rid, state, manifest } = turn.item;
    const bytes = await files.read(rid, manifest.packet.digest);
    await queue.move(rid, 'UPLOADING');
    let credits: number | undefined;
    try {
      await uploadPacket({
        client: this.#options.client,
        rid,
        digest: manifest.packet.digest,
        bytes,
        resume: state === 'UPLOADING',
        stallMs: this.#options.stallMs,
        signal: passage.signal,
        pace: link,
        onProgress: (progress) => this.#note(turn, progress),
        onCredits: (packets) => {
          credits = packets;
        },
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const outcome = await this.#judge(rid, error);
      if (outcome) return outcome;
    }
    await queue.move(rid, 'SENT');
    this.#forget(rid);
    this.#passedOver.clear();
    if (credits === 0) link.creditsSpent();
    return 'done';
  }

  #note(turn: Turn, progress: TryProgress): void {
    const { rid } = turn.item;
    const before = this.#reached.rid === rid ? this.#reached.bytes : 0;
    const isFirstWord = turn.progress === undefined;
    turn.progress = progress;
    if (isFirstWord || progress.durableBytes !== before) {
      this.#reached = { rid, bytes: progress.durableBytes };
      this.#options.link.acknowledged(Math.max(0, progress.durableBytes - before));
    }
    this.#options.onProgress({ ...progress, rid });
  }

  /**
   * @returns undefined when the core has the packet already.
   * @throws the refusal when it is not about the packet, or not now.
   */
  async #judge(rid: string, refusal: Refusal): Promise<Outcome | undefined> {
    const { code } = refusal;
    if (code === 'ENR-UPL-005') return undefined;
    if (code === DAMAGED_PART && countUp(this.#damagedParts, rid) <= MAX_DAMAGED_PARTS) return 'go on';
    const isSpoilt = SPOILT.has(code) && countUp(this.#spoilt, rid) >= MAX_SPOILT_TRIES;
    if (!isSpoilt && !ABOUT_THE_PACKET.test(code)) throw refusal;
    await this.#setAside(rid, refusal);
    return 'done';
  }

  /** The core is not ready for this packet, or this disk can't give it: the next one may go. */
  async #failed(rid: string, error: EnrouteError): Promise<void> {
    if (error.code === 'ENR-STN-003') {
      await this.#setAside(rid, error);
    } else if (!ABOUT_EVERYTHING.test(error.code)) {
      const level = error instanceof Refusal ? 'info' : 'error';
      this.#options.log[level]({ rid, code: error.code }, 'packet passed over');
      if (this.#passedOver.size >= MAX_PASSED_OVER) this.#passedOver.clear();
      this.#passedOver.add(rid);
      this.#damagedParts.delete(rid);
      this.#turns += 1;
    }
  }

  async #setAside(rid: string, { code }: EnrouteError): Promise<void> {
    this.#options.log.error({ rid, code }, 'packet set aside');
    this.#forget(rid);
    await this.#options.queue.move(rid, 'SET_ASIDE', { problem: code });
  }

  #forget(rid: string): void {
    this.#spoilt.delete(rid);
    this.#damagedParts.delete(rid);
  }
}

function countUp(counts: Map<string, number>, rid: string): number {
  const count = (counts.get(rid) ?? 0) + 1;
  counts.set(rid, count);
  return count;
}
