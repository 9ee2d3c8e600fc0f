/** How far an exchange has got, and how much patience that deserves. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Connections } from './connections.ts';

/** The slowest link that is worth waiting for: 1 KiB/s. */
const SLOWEST_BYTES_PER_MS = 1.024;

export interface DeliveryOptions {
  readonly stallMs: number;
  readonly onSent?: ((bytes: number) => void) | undefined;
  readonly acknowledgedIn?: ((headers: IncomingHttpHeaders) => number | undefined) | undefined;
}

export class Delivery {
  readonly #connections: Connections;
  readonly #options: DeliveryOptions;
  #sentBytes = 0;
  #receivedBytes = 0;
  #acknowledgedBytes = 0;
  #informed = false;

  constructor(connections: Connections, options: DeliveryOptions) {
    this.#connections = connections;
    this.#options = options;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  noteSent(bytes: number): void {
    this.#sentBytes += bytes;
    this.#options.onSent?.(this.#sentBytes);
  }

  noteReceived(bytes: number): void {
    this.#receivedBytes += bytes;
  }

  noteInformation(headers: IncomingHttpHeaders): void {
    const acknowledged = this.#options.acknowledgedIn?.(headers);
    if (acknowledged === undefined) return;
    this.#informed = true;
    this.#connections.passesInformation = true;
    this.#acknowledgedBytes = Math.max(this.#acknowledgedBytes, Math.min(acknowledged, this.#sentBytes));
  }

  /**
   * The kernel takes megabytes from us and keeps them, and then for minutes nothing is seen to move although all of it
   * does. Where the other side tells what has arrived, that silence means what it seems to. Where it does not, because a
   * proxy on the way drops what it tells, what is under way gets the time that the slowest link takes for it.
   */
  patienceMs(): number {
    const isTold = this.#options.acknowledgedIn !== undefined && this.#connections.passesInformation;
    return this.#options.stallMs + (isTold ? 0 : slowestMs(this.#sentBytes - this.#acknowledgedBytes));
  }

  /** What the slowest link takes for all that has gone and come so far. */
  movingMs(): number {
    return slowestMs(this.#sentBytes + this.#receivedBytes);
  }

  /** It stood still without a word of what arrived: the way may have become one on which none comes through. */
  noteStall(): void {
    if (this.#options.acknowledgedIn && !this.#informed) this.#connections.passesInformation = false;
  }
}

function slowestMs(bytes: number): number {
  return Math.ceil(bytes / SLOWEST_BYTES_PER_MS);
}
