/**
 * Brings the packets that the core expects to it, one after the other, in the order of `upload-order.ts`. What the core
 * says of one packet never holds up the others, and neither does a link that lets one packet not through: what is
 * refused for good is set aside, and what fails for itself is passed over for a while, see `packet-troubles.ts`. When
 * to try at all is for the link to say.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { Refusal } from '@enroute/sync/link/answer.ts';
import type { BackOff } from '@enroute/sync/link/back-off.ts';
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
import { PacketTroubles, type Trouble } from './packet-troubles.ts';

export interface UploadProgress extends TryProgress {
  readonly rid: string;
}

export interface UploaderOptions {
  readonly queue: Queue;
  readonly files: PacketFiles;
  readonly client: GatewayClient;
  readonly link: Pick<LinkManager, 'use' | 'acknowledged' | 'take' | 'creditsSpent' | 'status'>;
  readonly stallMs: number;
  /** How long a packet is passed over that fails for itself. */
  readonly passOver: BackOff;
  readonly onProgress: (progress: UploadProgress) => void;
  readonly log: Logger;
}

export interface Uploader {
  /** There may be something to do, or something more urgent. */
  wake(): void;
  /** What the core has, by its own word, of the packet that is being sent or waits for the link; 0 between packets. */
  readonly begunBytes: number;
  stop(): Promise<void>;
}

/** Looked for again after so long even if nobody called. */
const IDLE_MS = 30_000;
/** The station's own disk does not answer: looked at again after so long. */
const TROUBLE_MS = 1_000;
/** With more than this left to send, an upload makes room for a packet that goes first. */
const LONG_UPLOAD_MS = 30_000;
/** Bytes that did not arrive as they were sent. */
const SPOILT = new Set<string>(['ENR-UPL-002', 'ENR-UPL-003']);
const DAMAGED_PART = 'ENR-UPL-006';
/** Codes about the packet itself: no other try can end otherwise. */
const ABOUT_THE_PACKET = /^ENR-(PKT|MAN|VAL)-/;
/** Codes about the station, its full disk, or how much the core takes: the next packet would fare no better. */
const ABOUT_EVERYTHING = /^ENR-(AUT-|UPL-007|STN-001)/;
/** The core could not do it just now, for this packet or for any: the link has to know, too. */
const TROUBLE_IN_THE_CORE = /^ENR-WEB-/;
const TOO_LARGE = 413;

/** How a turn ended: it is the next one's, or the same one's. */
type Outcome = 'done' | 'again';

export function startUploader(options: UploaderOptions): Uploader {
  const run = new UploaderRun(options);
  const running = run.loop();
  return {
    wake: () => run.wake(),
    get begunBytes() {
      return run.begunBytes;
    },
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
  /** How far it has got; undefined until the core has answered. */
  progress: TryProgress | undefined;
  /** Of the passage; undefined while it still waits for the link. */
  signal: AbortSignal | undefined;
}

class UploaderRun {
  readonly #options: UploaderOptions;
  readonly #stopping = new AbortController();
  readonly #troubles: PacketTroubles;
  /** How far the core has got with the packet at hand, as it said last. */
  #reached = { rid: '', bytes: 0 };
  #turns = 0;
  #turn: Turn | undefined;
  #idling = new AbortController();
  #woken = false;

  constructor(options: UploaderOptions) {
    this.#options = options;
    const { passOver } = options;
    this.#troubles = new PacketTroubles({ passOver, random: Math.random, monotonicMs: () => performance.now() });
  }

  get begunBytes(): number {
    return this.#reached.bytes;
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
        else await this.#idle(Math.min(IDLE_MS, this.#troubles.untilDueMs ?? IDLE_MS));
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
    return nextUpload(await this.#waiting(), this.#turns);
  }

  async #waiting(): Promise<QueueItem[]> {
    const { queue } = this.#options;
    const found = await queue.firstInLine(['UPLOADING', 'EXPECTED'], this.#troubles.passedOver + 1);
    return found.filter(({ rid }) => !this.#troubles.isPassedOver(rid));
  }

  /**
   * A packet that goes first does not wait until one that takes long is through, unless that one had waited longest.
   */
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
    const turn: Turn = { ...next, makeRoom: new AbortController(), progress: undefined, signal: undefined };
    this.#turn = turn;
    try {
      const signal = AbortSignal.any([this.#stopping.signal, turn.makeRoom.signal]);
      const outcome = await this.#options.link.use('data', signal, (passage) => this.#upload(turn, passage));
      if (outcome === 'done') this.#turns += 1;
    } catch (error) {
      if (this.#stopping.signal.aborted || turn.makeRoom.signal.aborted || turn.signal?.aborted) return;
      if ((await this.#failed(turn, error)) === 'done') this.#turns += 1;
    } finally {
      this.#turn = undefined;
    }
  }

  /** What is about this packet alone is an outcome like any other; all else is thrown, for the link to learn from. */
  async #upload(turn: Turn, passage: Passage): Promise<Outcome> {
    turn.signal = passage.signal;
    const { rid } = turn.item;
    let credits: number | undefined;
    try {
      credits = await this.#send(turn, passage.signal);
    } catch (error) {
      const isThere = error instanceof Refusal && error.code === 'ENR-UPL-005';
      if (!isThere) return this.#judge(turn, error);
    }
    await this.#options.queue.move(rid, 'SENT');
    this.#leave(rid);
    if (credits === 0) this.#options.link.creditsSpent();
    return 'done';
  }

  /** @returns how many more packets the core takes before it is asked again; undefined for any number. */
  async #send(turn: Turn, signal: AbortSignal): Promise<number | undefined> {
    const { queue, files, client, link, stallMs } = this.#options;
    const { rid, state, manifest } = turn.item;
    const { digest } = manifest.packet;
    const bytes = await files.read(rid, digest);
    await queue.move(rid, 'UPLOADING');
    let credits: number | undefined;
    await uploadPacket({
      client,
      rid,
      digest,
      bytes,
      resume: state === 'UPLOADING',
      stallMs,
      signal,
      pace: link,
      onProgress: (progress) => this.#note(turn, progress),
      onCredits: (packets) => {
        credits = packets;
      },
    });
    return credits;
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
    if (isFirstWord) this.#troubles.begun(rid, progress.resumedFrom);
    this.#options.onProgress({ ...progress, rid });
  }

  /** @throws the error when it is not about this packet alone. */
  async #judge(turn: Turn, error: unknown): Promise<Outcome> {
    if (!(error instanceof EnrouteError)) throw error;
    const { code } = error;
    if (code === 'ENR-STN-003') return this.#setAside(turn, code);
    if (!(error instanceof Refusal) || ABOUT_EVERYTHING.test(code) || TROUBLE_IN_THE_CORE.test(code)) throw error;
    if (ABOUT_THE_PACKET.test(code)) return this.#setAside(turn, code);
    const isPart = code === DAMAGED_PART;
    const outcome = this.#passOver(turn, isPart ? 'part' : SPOILT.has(code) ? 'spoilt' : 'not ready', code);
    return outcome === 'look' ? this.#setAside(turn, isPart ? 'ENR-LNK-007' : code) : outcome;
  }

  /** What fails while the link is up otherwise is this packet's own trouble. */
  async #failed(turn: Turn, error: unknown): Promise<Outcome> {
    const { link, log } = this.#options;
    if (error instanceof LinkError) {
      if (!turn.progress && !link.status.up) return 'again';
      if (this.#passOver(turn, 'stuck') === 'again') return 'again';
      return error.status === TOO_LARGE ? this.#setAside(turn, 'ENR-LNK-006') : 'done';
    }
    if (!(error instanceof EnrouteError)) throw error;
    const { code } = error;
    if (!(error instanceof Refusal)) log.error({ rid: turn.item.rid, code }, 'packet failed at this station');
    if (ABOUT_EVERYTHING.test(code)) return 'again';
    return this.#passOver(turn, 'stuck', code) === 'again' ? 'again' : 'done';
  }

  #passOver(turn: Turn, trouble: Trouble, code?: StatusCode): Outcome | 'look' {
    const { rid } = turn.item;
    const verdict = this.#troubles.note(rid, trouble, turn.progress?.resumedFrom);
    if (verdict !== 'pass over') return verdict;
    this.#options.log.info({ rid, trouble, code }, 'packet passed over');
    return 'done';
  }

  async #setAside({ item: { rid } }: Turn, code: StatusCode): Promise<'done'> {
    this.#options.log.error({ rid, code }, 'packet set aside');
    await this.#options.queue.move(rid, 'SET_ASIDE', { problem: code });
    this.#leave(rid);
    return 'done';
  }

  #leave(rid: string): void {
    this.#troubles.forget(rid);
    if (this.#reached.rid === rid) this.#reached = { rid: '', bytes: 0 };
  }
}
