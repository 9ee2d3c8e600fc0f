/**
 * Makes the queue anew from the packets that lie on the disk, for when its database was damaged: each file holds its own
 * signed manifest, and the supervisor's decision lies beside it. What the core has answered since comes from the channel.
 */
import { parseRid } from '@enroute/shared/rid/rid.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Queue } from '../queue/queue.ts';
import type { QueueItem } from '../queue/queue-item.ts';
import { demandOwn, draftByFile, type FilesOfStation, rowByFiles } from './state-by-files.ts';

export interface RebuildSource extends FilesOfStation {
  readonly queue: Queue;
}

export interface Rebuilt {
  readonly packets: number;
  /** Those whose files are damaged too: set aside, or, where not even the manifest can be read, without a row. */
  readonly damaged: readonly string[];
}

type Row = Omit<QueueItem, 'changedAt'>;

export async function rebuildQueue(source: RebuildSource): Promise<Rebuilt> {
  const damaged: string[] = [];
  let packets = 0;
  const add = async (rid: string, read: () => Promise<Row>): Promise<void> => {
    if (await source.queue.get(rid)) return;
    const row = await read().catch((error: unknown) => {
      if (!isDamage(error)) throw error;
      damaged.push(rid);
      return setAside(rid, source);
    });
    if (!row) return;
    await source.queue.add(row);
    packets += 1;
  };
  for (const rid of await source.files.rids()) await add(rid, () => rowByFiles(rid, source));
  for (const rid of await source.drafts.rids()) await add(rid, () => draftByFile(rid, source));
  return { packets, damaged };
}

/** The operator is to see that there is a packet, and that something is wrong with it. */
async function setAside(rid: string, source: RebuildSource): Promise<Row | undefined> {
  try {
    const manifest = await source.files.readManifest(rid);
    demandOwn(manifest, source);
    return { rid, state: 'SET_ASIDE', manifest, savedAt: manifest.createdAt, problem: 'ENR-STN-003' };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof EnrouteError && error.code === 'ENR-STN-003';
}

/** The highest sequence number that anything here was given; 0 when there is nothing. */
export async function highestSequence(source: Pick<RebuildSource, 'files' | 'drafts' | 'queue'>): Promise<number> {
  let highest = 0;
  const note = (rid: string): void => {
    highest = Math.max(highest, parseRid(rid).sequence);
  };
  for (const folder of [source.files, source.drafts]) {
    for await (const page of folder.pages(PAGE)) page.forEach(note);
  }
  // What was released has no file any more.
  for await (const page of source.queue.pages()) for (const { rid } of page) note(rid);
  return highest;
}

const PAGE = 500;
