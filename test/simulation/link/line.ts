/**
 * One direction of a link: what all connections send that way goes over it slice by slice, in turn, each slice occupying
 * it for as long as its bytes take. When a slice begins and ends is reckoned and not measured, so a timer that is late
 * does not make the line slower.
 */
import type { EmulatedTime } from './emulated-time.ts';

/** A connection that has something to send this way. */
export interface Sender {
  /** The next bytes, at most so many; undefined when there are none by now. */
  take(maxBytes: number): Buffer | undefined;
  /** They have left the line at its far end. */
  carried(slice: Buffer, atMs: number): void;
}

/** About what a packet of IP carries. */
const PACKET_BYTES = 1_400;
/** On a fast line slices are as long as what passes in this time, so that timers can follow. */
const SLICE_MS = 5;
const MAX_SLICE_BYTES = 64 * 1024;

export interface LineSettings {
  readonly time: EmulatedTime;
  /** Infinity for a line that takes no time. */
  readonly bytesPerSecond: number;
  readonly compression: number;
}

interface Turn {
  readonly sender: Sender;
  /** Since when there is something to send. */
  readonly sinceMs: number;
}

interface OnTheLine {
  readonly slice: Buffer;
  readonly fromMs: number;
  readonly toMs: number;
}

export class Line {
  readonly #time: EmulatedTime;
  readonly #bytesPerMs: number;
  readonly #sliceBytes: number;
  #turns: Turn[] = [];
  #now: OnTheLine | undefined;
  #freeAtMs = 0;
  #bytes = 0;
  #limit: { readonly atBytes: number; readonly reached: () => void } | undefined;

  constructor({ time, bytesPerSecond, compression }: LineSettings) {
    this.#time = time;
    this.#bytesPerMs = bytesPerSecond / 1000;
    const sliceBytes = Math.max(PACKET_BYTES, this.#bytesPerMs * compression * SLICE_MS);
    this.#sliceBytes = Math.round(Math.min(sliceBytes, MAX_SLICE_BYTES));
  }

  /** All that was sent this way, arrived or not. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param sinceMs since when it has something to send: the line is free for it from then on. */
  offer(sender: Sender, sinceMs: number): void {
    this.#turns.push({ sender, sinceMs });
    if (!this.#now) this.#next();
  }

  /** Carries nothing beyond so many bytes more, and tells when the last of them has left the line. */
  stopAfter(bytes: number, reached: () => void): void {
    this.#limit = { atBytes: this.#bytes + bytes, reached };
  }

  /** Whatever is on the line, or waits for it, is lost. */
  cut(): void {
    if (this.#now) {
      const { slice, fromMs, toMs } = this.#now;
      const share = toMs > fromMs ? Math.min(1, Math.max(0, (this.#time.now() - fromMs) / (toMs - fromMs))) : 0;
      this.#bytes += Math.round(slice.byteLength * share);
    }
    this.#now = undefined;
    this.#turns = [];
    this.#limit = undefined;
    this.#freeAtMs = this.#time.now();
  }

  #next(): void {
    const room = this.#limit ? this.#limit.atBytes - this.#bytes : Number.POSITIVE_INFINITY;
    if (room <= 0) return;
    for (let turn = this.#turns.shift(); turn; turn = this.#turns.shift()) {
      const { sender, sinceMs } = turn;
      const slice = sender.take(Math.min(this.#sliceBytes, room));
      if (!slice) continue;
      const fromMs = Math.max(this.#freeAtMs, sinceMs);
      const toMs = fromMs + slice.byteLength / this.#bytesPerMs;
      const carrying = { slice, fromMs, toMs };
      this.#now = carrying;
      this.#freeAtMs = toMs;
      this.#time.at(toMs, () => {
        if (this.#now === carrying) this.#carried(carrying, sender);
      });
      return;
    }
  }

  #carried({ slice, toMs }: OnTheLine, sender: Sender): void {
    this.#now = undefined;
    this.#bytes += slice.byteLength;
    sender.carried(slice, toMs);
    if (this.#limit && this.#bytes >= this.#limit.atBytes) this.#limit.reached();
    if (!this.#now) this.#next();
  }
}
