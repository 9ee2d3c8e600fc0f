/**
 * Loaded before anything else in the processes at the two ends of a link whose time is compressed: their timers, their
 * monotonic clocks and their calendar run as fast as the link's, whoever asks, and both ends agree on the date.
 */
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import timers from 'node:timers';
import promises from 'node:timers/promises';
import { CALENDAR_VARIABLE, COMPRESSION_VARIABLE } from './peer.ts';

const factor = Number(process.env[COMPRESSION_VARIABLE] ?? 1);
const OldDate = Date;
const begunMs = Number(process.env[CALENDAR_VARIABLE] ?? OldDate.now());

const now = performance.now.bind(performance);
performance.now = () => now() * factor;
const uptime = os.uptime.bind(os);
os.uptime = () => uptime() * factor;

const today = (): number => Math.round(begunMs + (OldDate.now() - begunMs) * factor);
globalThis.Date = new Proxy(OldDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length > 0 ? args : [today()], newTarget),
  get: (target, property) => (property === 'now' ? today : Reflect.get(target, property)),
});
// Node's server writes the date by a clock that nobody can reach.
const { writeHead } = http.ServerResponse.prototype;
http.ServerResponse.prototype.writeHead = function writeDated(this: http.ServerResponse, ...given: [number]) {
  this.setHeader('date', new Date().toUTCString());
  return writeHead.apply(this, given);
};

const { setTimeout: inTime, setInterval: every } = globalThis;
const timeout = (work: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): NodeJS.Timeout =>
  inTime(work, ms / factor, ...args);
const interval = (work: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): NodeJS.Timeout =>
  every(work, ms / factor, ...args);
const { setTimeout: promised } = promises;

Object.assign(globalThis, { setTimeout: timeout, setInterval: interval });
Object.assign(timers, { setTimeout: timeout, setInterval: interval });
Object.assign(promises, {
  setTimeout: <T>(ms = 0, value?: T, options?: object): Promise<T> => promised(ms / factor, value as T, options),
});
AbortSignal.timeout = (ms) => {
  const controller = new AbortController();
  const end = (): void =>
    controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  inTime(end, ms / factor).unref();
  return controller.signal;
};
syncBuiltinESMExports();
