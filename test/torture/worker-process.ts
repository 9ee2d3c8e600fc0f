/**
 * Workers that are killed: `worker-process.ts <place> <how many> [<arrivals>]`. Where no other process can open the
 * store, all of them are in this one, and so is what else happens to the core.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { openTerms } from '@enroute/core/pipeline/open-terms.ts';
import { DEFAULT_WORKER, startWorker } from '@enroute/core/pipeline/start-worker.ts';
import { pino } from 'pino';
import { answer } from '../chaos/asked.ts';
import { clock, openPlace, placeOfArguments } from '../simulation/backlog/place.ts';
import { person } from '../simulation/people/people.ts';
import { rngOf } from '../simulation/people/rng.ts';
import { keepArriving } from './arrivals.ts';
import { judgeLedgers } from './ledgers.ts';
import { HEARTBEAT_MS, LEASE_MS } from './settings.ts';
import { unreliable } from './unreliable.ts';

const CHANGE_EVERY_MS = 1_500;

const place = placeOfArguments();
const log = pino({ level: 'warn' }, process.stderr);
const opened = await openPlace(place, log);
// Each process has trouble of its own.
const core = { ...opened, databases: unreliable(opened.databases, rngOf(process.pid, Date.now())) };
const terms = await openTerms(core, log);
// So little room that most of what comes has to wait in the feed.
const settings = { ...DEFAULT_WORKER, batch: 10, window: 40, leaseMs: LEASE_MS, heartbeatMs: HEARTBEAT_MS };
// Those of one process share the lanes as those of several do.
const begin = () => startWorker({ core: { ...core, isShared: true }, terms, now: clock, log }, settings);
const workers = await Promise.all(Array.from({ length: Number(process.argv[3]) }, begin));
answer({ conservation: () => opened.conservation(), ledgers: () => judgeLedgers(opened) });
/** One of several goes in good order and another comes: its lanes move while the process lives. */
async function changeWorkers(): Promise<void> {
  for (;;) {
    await sleep(CHANGE_EVERY_MS);
    await workers.shift()?.();
    workers.push(await begin());
  }
}
if (workers.length > 1) {
  changeWorkers().catch((error: unknown) => {
    log.fatal({ err: error }, 'a worker could not be begun or ended');
    process.exit(1);
  });
}
if (process.argv[4]) {
  const arrivals = JSON.parse(process.argv[4]);
  const { enrolment } = await person(1, 1, { now: new Date(arrivals.backlog.at) });
  await keepArriving(opened, place.folder, arrivals, enrolment);
}
