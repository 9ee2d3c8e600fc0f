/** The master data that the running core judges by: read at the start, and again when someone has set it anew. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MasterData } from '@enroute/shared/policy/master-data.ts';
import type { Logger } from 'pino';
import type { Database } from '../store/store.ts';
import { masterDataOfStation } from './country-master.ts';
import { readMaster } from './set-master.ts';

/** What is known of a station's world; undefined where the country has set no master data. */
export type MasterOf = (station: string) => MasterData | undefined;

export interface MasterView {
  readonly of: MasterOf;
  stop(): Promise<void>;
}

/** How long a look at the feed waits for news. They come at once where the store tells them, and this late otherwise. */
const WAIT_MS = 20_000;
const AFTER_TROUBLE_MS = 5_000;

/** Reads it before it returns. While the store fails later on, what was read last counts. */
export async function watchMaster(db: Database, log: Logger): Promise<MasterView> {
  const stopping = new AbortController();
  let since: string | undefined;
  let stored = await readMaster(db);
  let views = new Map<string, MasterData | undefined>();

  const look = async (): Promise<void> => {
    const { changes, lastSeq } = await db.changes({ since, limit: 1, waitMs: WAIT_MS, signal: stopping.signal });
    if (changes.length > 0) {
      const newest = await readMaster(db);
      if (newest?._rev !== stored?._rev) log.info({ number: newest?.number }, 'master data was set anew');
      stored = newest;
      views = new Map();
    }
    since = lastSeq;
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await look();
      } catch (error) {
        if (stopping.signal.aborted) return;
        log.error({ err: error }, 'master data: will look again');
        await sleep(AFTER_TROUBLE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  const running = run();
  return {
    of: (station) => {
      if (!stored) return undefined;
      if (!views.has(station)) views.set(station, masterDataOfStation(stored, station));
      return views.get(station);
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
