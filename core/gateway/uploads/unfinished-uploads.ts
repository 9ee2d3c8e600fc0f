/**
 * Clears away unfinished uploads that nobody will finish: those whose packet the core has by another way, and those that
 * were not touched for so long that the station has given up or begins anew. Nothing is lost with them: a station lets
 * go of a packet only when the core has it.
 */
import { opendir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ridOfUpload, uploadId } from '@enroute/sync/upload/upload-id.ts';
import type { Logger } from 'pino';
import type { StoredRegistration } from '../../databases.ts';
import type { Database } from '../../store/store.ts';
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

const UNTOUCHED_MS = 30 * 24 * 60 * 60 * 1_000;
const BATCH = 200;
/** Most uploads that one pass clears away; the next goes on. */
const MOST_PER_PASS = 2_000;
/** Of an upload's files: its bytes, its note, and the note in the making. */
const SUFFIXES = ['', '.json', '.json.partial'] as const;

/**
 * Looks now, and again every so often.
 * @returns what stops it; it resolves when nothing is running any more.
 */
export function watchUnfinished(options: UnfinishedOptions, everyMs: number): () => Promise<void> {
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const { notWanted, tooOld } = await sweepUnfinished(options);
        if (notWanted + tooOld > 0) options.log.info({ notWanted, tooOld }, 'unfinished uploads cleared away');
      } catch (error) {
        options.log.error({ err: error }, 'unfinished uploads: will look again later');
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
  for await (const ids of uploadsIn(options.incoming.directory)) {
    const announced = await announcedUploads(ids, options.registrations);
    for (const id of ids) {
      const wanted = announced.get(id) !== false;
      const keptFromMs = wanted ? options.now().getTime() - UNTOUCHED_MS : Number.POSITIVE_INFINITY;
      const clear = (): Promise<boolean> => clearAway(id, keptFromMs, options.incoming);
      if (!(await options.incoming.whileNotWritten(id, clear))) continue;
      if (wanted) tooOld += 1;
      else notWanted += 1;
      if (notWanted + tooOld >= mostPerPass) return { notWanted, tooOld };
    }
  }
  return { notWanted, tooOld };
}

/** The ids of the uploads that a folder holds anything of, in batches. One may come twice. */
async function* uploadsIn(folder: string): AsyncGenerator<string[]> {
  let batch = new Set<string>();
  const entries = await opendir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for await (const { name } of entries) {
    const id = name.replace(/\.json(?:\.partial)?$/, '');
    if (ridOfUpload(id)) batch.add(id);
    if (batch.size < BATCH) continue;
    yield [...batch];
    batch = new Set();
  }
  if (batch.size > 0) yield [...batch];
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

async function lastTouchedMs(id: string, incoming: IncomingStore): Promise<number | undefined> {
  const found = await Promise.all(SUFFIXES.map((suffix) => stat(incoming.pathOf(id) + suffix).catch(() => undefined)));
  const times = found.flatMap((file) => (file ? [file.mtimeMs] : []));
  return times.length > 0 ? Math.max(...times) : undefined;
}

/** @returns whether there was anything of it, last touched before that time. */
async function clearAway(id: string, keptFromMs: number, incoming: IncomingStore): Promise<boolean> {
  const touchedMs = await lastTouchedMs(id, incoming);
  // It has ended meanwhile, or was cleared away under its other name.
  if (touchedMs === undefined || touchedMs >= keptFromMs) return false;
  await incoming.remove(id).catch(() => incoming.removeNote(id));
  for (const suffix of SUFFIXES) await rm(join(incoming.directory, `${id}${suffix}`), { force: true });
  return true;
}
