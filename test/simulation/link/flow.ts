/**
 * What one connection sends one way: read from one socket only as fast as the line takes it, and written to the other
 * when it has arrived. Nothing overtakes within a connection.
 */
import type { Socket } from 'node:net';
import type { EmulatedTime } from './emulated-time.ts';
import type { Line, Sender } from './line.ts';

export interface FlowSettings {
  readonly time: EmulatedTime;
  readonly line: Line;
  readonly source: Socket;
  readonly sink: Socket;
  /** From one end to the other; asked anew for each slice. */
  delayMs(): number;
  /** What becomes of a slice on its way. */
  onItsWay(slice: Buffer): Buffer;
}

export class Flow implements Sender {
  readonly #settings: FlowSettings;
  #waiting: Buffer = Buffer.alloc(0);
  /** Something is offered to the line, or on it. */
  #inTurn = false;
  #sourceEnded = false;
  #endIsSent = false;
  #lost = false;
  #lastArrivalMs = 0;

  constructor(settings: FlowSettings) {
    this.#settings = settings;
  }

  begin(): void {
    const { source, sink } = this.#settings;
    source.on('readable', () => this.#offer());
    source.on('end', () => {
      this.#sourceEnded = true;
      this.#offer();
    });
    sink.on('drain', () => this.#offer());
    this.#offer();
  }

  /** Nothing more is read, and what is under way never arrives. */
  lose(): void {
    this.#lost = true;
    this.#waiting = Buffer.alloc(0);
    this.#settings.source.pause();
  }

  take(maxBytes: number): Buffer | undefined {
    if (this.#lost) return undefined;
    const slice = this.#waiting.subarray(0, maxBytes);
    this.#waiting = this.#waiting.subarray(slice.byteLength);
    return slice;
  }

  carried(slice: Buffer, atMs: number): void {
    if (this.#lost) return;
    this.#inTurn = false;
    const arrived = this.#settings.onItsWay(slice);
    this.#arrive(atMs, () => void this.#settings.sink.write(arrived));
    this.#offer(atMs);
  }

  /** @param sinceMs when it could have gone at the earliest */
  #offer(sinceMs = this.#settings.time.now()): void {
    const { source, sink, line } = this.#settings;
    // Where whoever receives does not keep up, what is sent must wait.
    if (this.#lost || this.#inTurn || this.#endIsSent || sink.writableNeedDrain) return;
    if (this.#waiting.byteLength === 0) this.#waiting = (source.read() as Buffer | null) ?? this.#waiting;
    if (this.#waiting.byteLength > 0) {
      this.#inTurn = true;
      line.offer(this, sinceMs);
    } else if (this.#sourceEnded) {
      this.#endIsSent = true;
      this.#arrive(sinceMs, () => void sink.end());
    }
  }

  #arrive(leftMs: number, deliver: () => void): void {
    const { time, sink, delayMs } = this.#settings;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, leftMs + delayMs());
    time.at(this.#lastArrivalMs, () => {
      if (!this.#lost && !sink.destroyed) deliver();
    });
  }
}
