/**
 * A bad link between a station and its core, in user space: a TCP relay on loopback with a bandwidth, a delay, and every
 * way of failing that the field knows. It does the same for the same seed, and its time can be compressed. Times are those
 * of the link: with a compression of 20, a link of 1 000 bytes a second carries 20 000 in a second on the wall.
 *
 * What is not here: TCP's own headers, its slow start and its repetitions. The system's buffers on loopback are larger
 * than on a real link: a sender may be told of some megabytes that they are gone when the line has not carried them yet.
 * They do not count as carried, and are lost when the link is cut.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Label, rngOf } from '../people/rng.ts';
import { type CaptivePortal, startCaptivePortal } from './captive-portal.ts';
import type { Cut, CutKind } from './cuts.ts';
import { EmulatedTime } from './emulated-time.ts';
import { Line } from './line.ts';
import { READ_AHEAD_BYTES, RelayedConnection } from './relayed-connection.ts';

export interface TcpLinkOptions {
  /** Where the link leads: the gateway's address. */
  readonly target: URL;
  /** How fast bytes go each way, all connections together; 0 for as fast as they can. */
  readonly bytesPerSecond: number;
  /** From one end to the other. A connection costs a round trip before the first byte. */
  readonly latencyMs?: number;
  /** So much longer at most, drawn for each slice. */
  readonly jitterMs?: number;
  /** A proxy on the way closes each connection once so many bytes have gone up over it. */
  readonly closedAfterBytesUp?: number;
  /** One byte in so many on the way up arrives as another, on average. */
  readonly oneByteWrongIn?: number;
  readonly compression?: number;
  readonly seed?: Label;
  readonly host?: string;
}

export interface TcpLink {
  /** The address that the station uses. */
  readonly url: string;
  /** Bytes that the line has carried, those that were lost at its far end too. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Connections that the station has begun. */
  readonly connections: number;
  readonly cuts: number;
  /** How long the link has been down, until now. */
  readonly downMs: number;
  /** How long there has been a link. */
  readonly nowMs: number;
  open(): void;
  /** What is under way is lost. */
  close(kind?: CutKind): void;
  /** Once so many more bytes have gone up, breaks everything off, stays closed for a while, and opens again. */
  cutAfter(bytes: number, downMs: number): Promise<void>;
  /** Cuts the link as planned, beginning now, until it is stopped. */
  follow(cuts: Iterable<Cut>): void;
  /** A captive portal answers everything from now on, or no longer; what is under way is broken off. */
  setPortal(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
/** When the system tries again to set up a connection that nobody answered. */
const SYN_AGAIN_MS = [1_000, 3_000, 7_000, 15_000, 31_000, 63_000];
const STEPS = 0x1_0000_0000;

export async function openTcpLink(options: TcpLinkOptions): Promise<TcpLink> {
  const link = new EmulatedLink(options);
  await link.listen();
  return link;
}

class EmulatedLink implements TcpLink {
  readonly #options: TcpLinkOptions;
  readonly #time: EmulatedTime;
  readonly #up: Line;
  readonly #down: Line;
  readonly #server: Server;
  readonly #delays: () => number;
  readonly #errors: () => number;
  readonly #relayed = new Set<RelayedConnection>();
  readonly #sockets = new Set<Socket>();
  #portal: CaptivePortal | undefined;
  #url = '';
  #downAs: CutKind | undefined;
  #downSinceMs = 0;
  #downBeforeMs = 0;
  #connections = 0;
  #cuts = 0;
  #bytesToError: number;

  constructor(options: TcpLinkOptions) {
    this.#options = options;
    const { compression = 1, bytesPerSecond, seed = 'link' } = options;
    this.#time = new EmulatedTime(compression);
    const line = { time: this.#time, compression, bytesPerSecond: bytesPerSecond || Number.POSITIVE_INFINITY };
    this.#up = new Line(line);
    this.#down = new Line(line);
    this.#delays = fractions('delays', seed);
    this.#errors = fractions('errors', seed);
    this.#bytesToError = this.#nextError();
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: READ_AHEAD_BYTES }, (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
      this.#connections += 1;
      this.#accept(socket, this.#time.now(), 0);
    });
  }

  async listen(): Promise<void> {
    const { host = HOST } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, host, resolve);
    });
    this.#url = `http://${host}:${(this.#server.address() as AddressInfo).port}/`;
  }

  get url(): string {
    return this.#url;
  }

  get bytesUp(): number {
    return this.#up.bytes;
  }

  get bytesDown(): number {
    return this.#down.bytes;
  }

  get connections(): number {
    return this.#connections;
  }

  get cuts(): number {
    return this.#cuts;
  }

  get nowMs(): number {
    return this.#time.now();
  }

  get downMs(): number {
    return this.#downBeforeMs + (this.#downAs ? this.#time.now() - this.#downSinceMs : 0);
  }

  open(atMs = this.#time.now()): void {
    if (!this.#downAs) return;
    this.#downAs = undefined;
    this.#downBeforeMs += atMs - this.#downSinceMs;
  }

  close(kind: CutKind = 'reset', atMs = this.#time.now()): void {
    if (this.#downAs) return;
    this.#downAs = kind;
    this.#downSinceMs = atMs;
    this.#cuts += 1;
    this.#breakOff(kind);
  }

  async cutAfter(bytes: number, downMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#up.stopAfter(bytes, () => {
      // What has passed arrives; nothing after it does.
      this.#time.at(this.#time.now() + this.#longestDelayMs, () => {
        this.close();
        this.#time.at(this.#time.now() + downMs, () => {
          this.open();
          resolve();
        });
      });
    });
    await promise;
  }

  follow(cuts: Iterable<Cut>): void {
    const begunMs = this.#time.now();
    const schedule = cuts[Symbol.iterator]();
    const next = (): void => {
      const { done, value: cut } = schedule.next();
      if (done) return;
      const fromMs = begunMs + cut.atMs;
      this.#time.at(fromMs, () => {
        this.close(cut.kind, fromMs);
        this.#time.at(fromMs + cut.lastsMs, () => {
          this.open(fromMs + cut.lastsMs);
          next();
        });
      });
    };
    next();
  }

  async setPortal(on: boolean): Promise<void> {
    const before = this.#portal;
    this.#portal = on ? await startCaptivePortal(this.#options.host ?? HOST) : undefined;
    this.#breakOff('reset');
    await before?.stop();
  }

  async stop(): Promise<void> {
    this.#time.stop();
    for (const connection of this.#relayed) connection.reset();
    for (const socket of this.#sockets) socket.destroy();
    await this.#portal?.stop();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  get #longestDelayMs(): number {
    const { latencyMs = 0, jitterMs = 0 } = this.#options;
    return latencyMs + jitterMs;
  }

  #breakOff(kind: CutKind): void {
    this.#up.cut();
    this.#down.cut();
    for (const connection of this.#relayed) connection.cut(kind);
  }

  /** @param tries how often the system has tried to set it up before */
  #accept(station: Socket, begunMs: number, tries: number): void {
    if (station.destroyed) return;
    if (!this.#downAs) this.#carry(station);
    else if (this.#downAs === 'black-hole') {
      const againMs = SYN_AGAIN_MS[tries];
      if (againMs === undefined) station.resetAndDestroy();
      else this.#time.at(begunMs + againMs, () => this.#accept(station, begunMs, tries + 1));
    } else station.resetAndDestroy();
  }

  #carry(station: Socket): void {
    const { target, latencyMs = 0, jitterMs = 0, closedAfterBytesUp = Number.POSITIVE_INFINITY } = this.#options;
    const connection: RelayedConnection = new RelayedConnection(station, {
      time: this.#time,
      up: this.#up,
      down: this.#down,
      target: this.#portal?.url ?? target,
      delayMs: () => latencyMs + (jitterMs > 0 ? jitterMs * this.#delays() : 0),
      onItsWayUp: (slice) => this.#withErrors(slice),
      onItsWayDown: (slice) => slice,
      closedAfterBytesUp,
      onOver: () => this.#relayed.delete(connection),
    });
    this.#relayed.add(connection);
    connection.setUp();
  }

  #nextError(): number {
    const { oneByteWrongIn } = this.#options;
    if (oneByteWrongIn === undefined) return Number.POSITIVE_INFINITY;
    return Math.floor(-Math.log(1 - this.#errors()) * oneByteWrongIn);
  }

  #withErrors(slice: Buffer): Buffer {
    if (this.#bytesToError >= slice.byteLength) {
      this.#bytesToError -= slice.byteLength;
      return slice;
    }
    const wrong = Buffer.from(slice);
    let at = this.#bytesToError;
    while (at < wrong.byteLength) {
      wrong.writeUInt8(wrong.readUInt8(at) ^ 0x10, at);
      at += 1 + this.#nextError();
    }
    this.#bytesToError = at - wrong.byteLength;
    return wrong;
  }
}

/** From 0 up to, not including, 1. */
function fractions(...labels: readonly Label[]): () => number {
  const rng = rngOf(...labels);
  return () => rng.below(STEPS) / STEPS;
}
