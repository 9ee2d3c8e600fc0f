/**
 * Clears away what nobody will finish: what publications into the vault have left that were interrupted, and of the
 * unfinished uploads those whose packet the core has by another way, and those that
 * were not touched for so long that the station has given up or begins anew. Nothing is lost with them: a station lets
 * go of a packet only when the core has it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ridOfUpload, uploadId } from '@enroute/sync/upload/upload-id.ts';
import type { Logger } from 'pino';
import type { StoredRegistration } from '../../databases.ts';
import type { Database } from '../../store/store.ts';
import { STALE_AFTER_MS, type Vault } from '../../vault/vault.ts';
import type { IncomingStore } from './incoming-store.ts';

export interface UnfinishedOptions {
  readonly incoming: IncomingStore;
  readonly registrations: Database;
  readonly now: () => Date;
  readonly log: Logger;
}

export interface Swept {
  /** The packet is here, or another one was announced in its place. */
  readonly notWanted: number;
  readonly tooOld: number;
}

export const UNTOUCHED_MS = 30 * 24 * 60 * 60 * 1_000;
/** Most uploads that one pass clears away; the next goes on. */
const MOST_PER_PASS = 2_000;

/**
 * Looks now, and again every so often.
 * @returns what stops it; it resolves when nothing is running any more.
 */
export function watchUnfinished(
  options: UnfinishedOptions & { readonly vault: Pick<Vault, 'clearUnfinished'> },
  everyMs: number,
): () => Promise<void> {
  const { vault, now, log } = options;
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const { notWanted, tooOld } = await sweepUnfinished(options);
        if (notWanted + tooOld > 0) log.info({ notWanted, tooOld }, 'unfinished uploads cleared away');
        const left = await vault.clearUnfinished(new Date(now().getTime() - STALE_AFTER_MS));
        if (left > 0) log.info({ left }, 'what interrupted publications had left in the vault cleared away');
      } catch (error) {
        log.error({ err: error }, 'unfinished uploads: will look again later');
      }
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return async () => {
    stopping.abort();
    await running;
  };
}

/** One pass. An upload that is being written stays; a request that comes to write one waits until it was looked at. */
export async function sweepUnfinished(options: UnfinishedOptions, mostPerPass = MOST_PER_PASS): Promise<Swept> {
  let notWanted = 0;
  let tooOld = 0;
  for await (const ids of options.incoming.medium.ids()) {
    const announced = await announcedUploads(ids, options.registrations);
    for (const id of ids) {
      const wanted = announced.get(id) !== false;
      const keptFromMs = wanted ? options.now().getTime() - UNTOUCHED_MS : Number.POSITIVE_INFINITY;
      const clear = (): Promise<boolean> => options.incoming.removeUntouched(id, keptFromMs);
      if (!(await options.incoming.whileNotWritten(id, clear))) continue;
      if (wanted) tooOld += 1;
      else notWanted += 1;
      if (notWanted + tooOld >= mostPerPass) return { notWanted, tooOld };
    }
  }
  return { notWanted, tooOld };
}

/**
 * Whether the packet of each upload is still to come. Of a registration that is not there nothing is said: a restored
 * core may have forgotten what the station will announce again.
 */
async function announcedUploads(ids: readonly string[], registrations: Database): Promise<Map<string, boolean>> {
  const rids = [...new Set(ids.map((id) => ridOfUpload(id) ?? ''))];
  const found = await registrations.getMany<StoredRegistration>(rids);
  const byRid = new Map(found.map((registration) => [registration._id, registration]));
  return new Map(
    ids.flatMap((id): [string, boolean][] => {
      const registration = byRid.get(ridOfUpload(id) ?? '');
      if (!registration) return [];
      const { state, packet, _id: rid } = registration;
      return [[id, state === 'ANNOUNCED' && uploadId(rid, packet.digest) === id]];
    }),
  );
}
