/**
 * Loaded before anything else in the processes at the two ends of a link whose time is compressed: their timers and
 * their monotonic clock run as fast as the link's, whoever asks. The calendar's clock stays as it is.
 */
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import promises from 'node:timers/promises';
import { COMPRESSION_VARIABLE } from './peer.ts';

const factor = Number(process.env[COMPRESSION_VARIABLE] ?? 1);

const now = performance.now.bind(performance);
performance.now = () => now() * factor;

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
