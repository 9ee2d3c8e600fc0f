/**
 * Workers tell the others what they have done: each in one document, written anew every so often. Whoever wants to know
 * how the pipeline does adds them up. A worker that is gone leaves its counts for a while.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { timeSchema } from '@enroute/shared/schemas/common.ts';
import type { Logger } from 'pino';
import { z } from 'zod';
import { type Database, type Doc, MAX_BATCH } from '../../store/store.ts';
import type { PipelineObserver } from './observer.ts';
import { type AllStats, addStats, stageStatsSchema, withMove } from './stage-stats.ts';

const PREFIX = 'stats:';
const WRITTEN_EVERY_MS = 15_000;
/** Counts of a worker that has not written for so long are forgotten. */
const KEPT_MS = 24 * 60 * 60_000;

const statsSchema = z.object({
  _id: z.string(),
  _rev: z.string(),
  at: timeSchema,
  stages: z.record(z.string(), stageStatsSchema),
});

interface StatsDoc extends Doc {
  readonly at: string;
  readonly stages: AllStats;
}

export interface KeptStats {
  readonly observer: PipelineObserver;
  stop(): Promise<void>;
}

/** @param worker differs from that of every other worker, and from those of its earlier runs */
export function keepStats(database: Database, worker: string, now: () => Date, log: Logger): KeptStats {
  let stages: AllStats = {};
  let written: AllStats | undefined;
  let rev: string | undefined;
  const stopping = new AbortController();

  const write = async (): Promise<void> => {
    if (written === stages) return;
    const current = stages;
    const doc: StatsDoc = {
      _id: `${PREFIX}${worker}`,
      at: now().toISOString(),
      stages: current,
      ...(rev ? { _rev: rev } : {}),
    };
    try {
      const [result] = await database.write([doc]);
      if (result?.ok) {
        rev = result.rev;
        written = current;
      } else rev = (await database.get(doc._id))?._rev;
    } catch (error) {
      log.warn({ err: error }, 'the counts of this worker could not be written; the next time has them, too');
    }
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await sleep(WRITTEN_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      await write();
    }
  };
  const running = run();
  return {
    observer: {
      moved: (moves) => {
        for (const move of moves) stages = withMove(stages, move);
      },
      ran: () => undefined,
      held: () => undefined,
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** What all workers have done, together. Those of MAX_BATCH workers; there are never so many. */
export async function readStats(database: Database): Promise<AllStats> {
  return addStats((await statsDocs(database)).map(({ stages }) => stages));
}

/** Beyond so many the oldest are forgotten sooner: a worker that begins again and again pushes nobody out. */
const MOST_KEPT = MAX_BATCH / 2;

/** Forgets the counts of workers that are long gone. */
export async function forgetOldStats(database: Database, now: Date): Promise<void> {
  const before = new Date(now.getTime() - KEPT_MS).toISOString();
  const newestFirst = (await statsDocs(database)).sort((a, b) => (a.at < b.at ? 1 : -1));
  const old = newestFirst.filter(({ at }, nth) => at < before || nth >= MOST_KEPT);
  await database.write(old.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
}

async function statsDocs(database: Database): Promise<z.infer<typeof statsSchema>[]> {
  const docs = await database.range({ start: PREFIX, end: `${PREFIX}~`, limit: MAX_BATCH });
  return docs.flatMap((doc) => statsSchema.safeParse(doc).data ?? []);
}
