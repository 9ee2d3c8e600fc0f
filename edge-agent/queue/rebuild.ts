/**
 * Makes the queue anew from the packets that lie on the disk, for when its database was damaged: each file holds its own
 * signed manifest, and the supervisor's decision lies beside it. What the core has answered since comes from the channel.
 */
import type { PublicKey } from '@enroute/shared/crypto/keys.ts';
import { parseRid } from '@enroute/shared/rid/rid.ts';
import { isSignedBy } from '@enroute/shared/schemas/manifest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { PacketFiles } from './packet-files.ts';
import type { Queue } from './queue.ts';
import type { QueueItem } from './queue-item.ts';

export interface RebuildSource {
  readonly queue: Queue;
  readonly files: PacketFiles;
  readonly drafts: PacketFiles;
  readonly station: string;
  readonly stationKey: PublicKey;
}

export interface Rebuilt {
  readonly packets: number;
  /** Files that are damaged too, and that nothing can be made of. They stay where they are. */
  readonly damaged: readonly string[];
}

export async function rebuildQueue(source: RebuildSource): Promise<Rebuilt> {
  const damaged: string[] = [];
  let packets = 0;
  const add = async (rid: string, read: () => Promise<Omit<QueueItem, 'changedAt'> | undefined>): Promise<void> => {
    if (await source.queue.get(rid)) return;
    try {
      const item = await read();
      if (!item) return;
      await source.queue.add(item);
      packets += 1;
    } catch (error) {
      if (!(error instanceof EnrouteError) || error.code !== 'ENR-STN-003') throw error;
      damaged.push(rid);
    }
  };
  const copies = new Set(await source.drafts.rids());
  for (const rid of await source.files.rids()) await add(rid, () => packetItem(rid, copies.has(rid), source));
  for (const rid of copies) await add(rid, () => draftItem(rid, source));
  return { packets, damaged };
}

/** @param hasCopy a copy for the supervisor's eyes lies there, which goes when the decision was made. */
async function packetItem(rid: string, hasCopy: boolean, source: RebuildSource): Promise<Omit<QueueItem, 'changedAt'>> {
  const { manifest } = await source.files.readStored(rid);
  demandOwn(rid, manifest, source);
  const decision = await source.files.readDecision(rid);
  const item = { rid, manifest, savedAt: manifest.createdAt };
  if (decision === undefined) return { ...item, state: hasCopy ? 'AWAITING_APPROVAL' : 'SEALED' };
  if ('rejected' in decision) {
    return { ...item, state: 'REJECTED', rejection: decision.rejected, problem: 'ENR-APR-003' };
  }
  return { ...item, state: 'APPROVED', manifest: decision.approved };
}

async function draftItem(rid: string, source: RebuildSource): Promise<Omit<QueueItem, 'changedAt'>> {
  const { manifest } = await source.drafts.readStored(rid);
  demandOwn(rid, manifest, source);
  return { rid, state: 'DRAFT', manifest, savedAt: manifest.createdAt };
}

function demandOwn(
  rid: string,
  manifest: QueueItem['manifest'],
  { station, stationKey }: Pick<RebuildSource, 'station' | 'stationKey'>,
): void {
  if (!isSignedBy(manifest, 'station', station, stationKey)) throw new EnrouteError('ENR-STN-003', `${rid}: signature`);
}

/** The highest sequence number that anything here was given; 0 when there is nothing. */
export async function highestSequence({ files, drafts, queue }: Pick<RebuildSource, 'files' | 'drafts' | 'queue'>) {
  let highest = 0;
  const note = (rid: string): void => {
    highest = Math.max(highest, parseRid(rid).sequence);
  };
  for (const folder of [files, drafts]) for (const rid of await folder.rids()) note(rid);
  // What was released has no file any more.
  for await (const page of queue.pages()) for (const { rid } of page) note(rid);
  return highest;
}
