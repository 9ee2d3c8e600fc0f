/** Milliseconds that only ever count up, whatever the clock is set to; the time that a laptop sleeps is among them. */
import { uptime } from 'node:os';

/** Node's own counter stands still on Linux while the machine sleeps: waking up would look like a clock set forward. */
export const uptimeMs: () => number = process.platform === 'linux' ? () => uptime() * 1000 : () => performance.now();
