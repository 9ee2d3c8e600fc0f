/** People who keep coming while workers die: an equal number in each stretch of time, until all have come. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenedCore } from '@enroute/core/open-core.ts';
import type { Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import type { Backlog } from '../simulation/backlog/backlog.ts';
import { fillCore } from '../simulation/backlog/fill-core.ts';

export interface Arrivals {
  /** All of them. */
  readonly backlog: Backlog;
  readonly overMs: number;
}

const CHUNK = 20;

/**
 * Goes on where it was when the process was killed: those of the stretch at hand come again, which changes nothing.
 * @param folder where it is kept how many have come
 */
export async function keepArriving(
  core: OpenedCore,
  folder: string,
  { backlog, overMs }: Arrivals,
  pattern: Enrolment,
): Promise<void> {
  const everyMs = (overMs * CHUNK) / backlog.count;
  for (let from = arrivedIn(folder); from < backlog.count; from += CHUNK) {
    const begun = performance.now();
    await fillCore(core, { ...backlog, from, count: Math.min(CHUNK, backlog.count - from) }, pattern);
    writeFileSync(fileIn(folder), String(from + CHUNK));
    await sleep(Math.max(0, everyMs - (performance.now() - begun)));
  }
}

function arrivedIn(folder: string): number {
  return existsSync(fileIn(folder)) ? Number(readFileSync(fileIn(folder), 'utf8')) : 0;
}

function fileIn(folder: string): string {
  return join(folder, 'arrived');
}
