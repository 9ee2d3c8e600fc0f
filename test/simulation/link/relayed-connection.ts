/** One connection of a station over the link: set up, carried both ways, closed by either end, or cut. */
import { connect, type Socket } from 'node:net';
import type { CutKind } from './cuts.ts';
import type { EmulatedTime } from './emulated-time.ts';
import { Flow } from './flow.ts';
import type { Line } from './line.ts';

export interface ConnectionSettings {
  readonly time: EmulatedTime;
  readonly up: Line;
  readonly down: Line;
  /** Where it leads: the gateway, or whoever answers in its place. */
  readonly target: URL;
  delayMs(): number;
  onItsWayUp(slice: Buffer): Buffer;
  onItsWayDown(slice: Buffer): Buffer;
  /** A proxy on the way closes the connection once so many bytes have gone up. */
  readonly closedAfterBytesUp: number;
  /** Both ends have let go. */
  onOver(): void;
}

/** What is read ahead of the line, at most: a modem holds little more. */
export const READ_AHEAD_BYTES = 16 * 1024;

export class RelayedConnection {
  readonly #settings: ConnectionSettings;
  readonly #station: Socket;
  #core: Socket | undefined;
  #flows: Flow[] = [];
  #bytesUp = 0;
  #isCut = false;

  constructor(station: Socket, settings: ConnectionSettings) {
    this.#station = station;
    this.#settings = settings;
    station.on('error', () => this.reset());
    station.on('close', () => this.#closed());
  }

  /** Half a round trip until the core knows of it, and half until the station knows that. */
  setUp(): void {
    const { time, target, delayMs } = this.#settings;
    time.at(time.now() + delayMs(), () => {
      if (this.#isCut || this.#station.destroyed) return;
      const core = connect({ port: Number(target.port), host: target.hostname, allowHalfOpen: true, noDelay: true });
      this.#core = core;
      core.on('error', () => this.reset());
      core.on('close', () => this.#closed());
      core.once('connect', () => time.at(time.now() + delayMs(), () => this.#begin(core)));
    });
  }

  /** Bytes under way are lost in any case; who is told of it depends on the kind. */
  cut(kind: CutKind): void {
    this.#isCut = true;
    for (const flow of this.#flows) flow.lose();
    if (kind === 'reset' || kind === 'core-unaware') this.#station.resetAndDestroy();
    if (kind === 'reset' || kind === 'station-unaware') this.#core?.resetAndDestroy();
  }

  reset(): void {
    this.cut('reset');
  }

  #begin(core: Socket): void {
    if (this.#isCut) return;
    const { time, up, down, delayMs, onItsWayUp, onItsWayDown } = this.#settings;
    const station = this.#station;
    const shared = { time, delayMs };
    this.#flows = [
      new Flow({
        ...shared,
        line: up,
        source: station,
        sink: core,
        onItsWay: (slice) => {
          this.#countUp(slice.byteLength);
          return onItsWayUp(slice);
        },
      }),
      new Flow({ ...shared, line: down, source: core, sink: station, onItsWay: onItsWayDown }),
    ];
    for (const flow of this.#flows) flow.begin();
  }

  #countUp(bytes: number): void {
    const { closedAfterBytesUp, time } = this.#settings;
    this.#bytesUp += bytes;
    if (this.#bytesUp >= closedAfterBytesUp) time.at(time.now(), () => this.reset());
  }

  /** One end alone may be gone while what it sent before is still under way, and its farewell behind it. */
  #closed(): void {
    if (this.#station.destroyed && (this.#core?.destroyed ?? true)) this.#settings.onOver();
  }
}
