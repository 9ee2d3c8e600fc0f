/** A worker of Enroute at work on a backlog until all of it has ended. Arguments: a place, a backlog. */
import type { OpenedCore } from '@enroute/core/open-core.ts';
import { openTerms } from '@enroute/core/pipeline/open-terms.ts';
import { DEFAULT_WORKER, startWorker } from '@enroute/core/pipeline/start-worker.ts';
import { backlogSchema, ridsOf } from '@enroute/test/simulation/backlog/backlog.ts';
import { clock, openPlace, placeOfArguments } from '@enroute/test/simulation/backlog/place.ts';
import { pino } from 'pino';
import { untilAllEnded } from './the-waiting.ts';

const PATIENCE_MS = 60_000;

const log = pino({ level: 'error' }, process.stderr);
const core = await openPlace(placeOfArguments(), log);
const rids = ridsOf(backlogSchema.parse(JSON.parse(process.argv[3] ?? '')));
const terms = await openTerms(core, log);
const before = { writes: await writesOf(core), cpu: process.cpuUsage(), ms: performance.now() };
const stop = await startWorker({ core, terms, now: clock, log }, DEFAULT_WORKER);
const { tenths, looks } = await untilAllEnded(rids, core.databases.registrations, PATIENCE_MS);
const ms = performance.now() - before.ms;
const { user, system } = process.cpuUsage(before.cpu);
await stop();
const writes = (await writesOf(core)) - before.writes;
await terms.stop();
await core.close();
process.stdout.write(JSON.stringify({ ms, cpuMs: (user + system) / 1_000, writes, tenths, looks }));

/** How many changes of documents there were, in all databases of the core. */
async function writesOf({ store }: OpenedCore): Promise<number> {
  let changes = 0;
  for (const name of await store.list('')) {
    const { updateSeq } = await (await store.database(name)).info();
    // Of both stores it begins with the number of changes that there were.
    changes += Number.parseInt(updateSeq, 10);
  }
  return changes;
}
