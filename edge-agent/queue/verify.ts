/** Looks at every packet on the disk as the core would: whole, unchanged, signed, and the one that the row tells of. */
import type { PublicKey } from '@enroute/shared/crypto/keys.ts';
import { readPacketHeader } from '@enroute/shared/packet/open.ts';
import { isSignedBy, type Manifest } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import canonicalize from 'canonicalize';
import type { PacketFiles } from './packet-files.ts';
import type { Queue } from './queue.ts';
import type { QueueItem } from './queue-item.ts';
import type { QueueState } from './states.ts';

export interface Verdict {
  readonly rid: string;
  readonly state: QueueState;
  /** What is wrong with it; absent when nothing is. */
  readonly damage?: { readonly code: StatusCode; readonly detail: string };
}

export interface VerifySource {
  readonly queue: Queue;
  readonly files: PacketFiles;
  readonly drafts: PacketFiles;
  readonly station: string;
  readonly stationKey: PublicKey;
}

/**
 * One verdict after the other, over one packet or over all. What is damaged and still had to be sent is set aside; the
 * rest of the queue goes on.
 */
export async function* verifyPackets(source: VerifySource, rid?: string): AsyncGenerator<Verdict> {
  for await (const page of rid === undefined ? source.queue.pages() : one(source.queue, rid)) {
    for (const item of page) {
      const damage = await findDamage(item, source);
      if (damage) await source.queue.move(item.rid, 'SET_ASIDE', { problem: damage.code });
      yield { rid: item.rid, state: item.state, ...(damage ? { damage } : {}) };
    }
  }
}

async function* one(queue: Queue, rid: string): AsyncGenerator<QueueItem[]> {
  const item = await queue.get(rid);
  if (!item) throw new EnrouteError('ENR-STN-008', rid);
  yield [item];
}

/** Without the supervisor's signature, which comes after the file. */
function asSealed(manifest: Manifest): Manifest {
  return { ...manifest, signatures: manifest.signatures.filter(({ role }) => role !== 'supervisor') };
}

async function findDamage(item: QueueItem, source: VerifySource): Promise<Verdict['damage']> {
  try {
    await demandWhole(item, source);
    return undefined;
  } catch (error) {
    if (!(error instanceof EnrouteError)) throw error;
    return { code: error.code, detail: error.detail ?? '' };
  }
}

async function demandWhole(item: QueueItem, { files, drafts, station, stationKey }: VerifySource): Promise<void> {
  const { rid, state, manifest } = item;
  if (state === 'RELEASED') return;
  const stored = await (state === 'DRAFT' ? drafts : files).readStored(rid);
  const header = readPacketHeader(stored.packet);
  const said = stored.manifest;
  const belongs = said.rid === header.rid && said.process === header.process && said.packet.keyId === header.keyId;
  if (!belongs) throw new EnrouteError('ENR-STN-003', `${rid}: the manifest is another packet's`);
  if (!isSignedBy(said, 'station', station, stationKey)) throw new EnrouteError('ENR-STN-003', `${rid}: signature`);
  // Of a draft, a crash may have left the row of the one before.
  const isOlderDraft = state === 'DRAFT' && said.packet.digest !== manifest.packet.digest;
  if (!isOlderDraft && canonicalize(said) !== canonicalize(asSealed(manifest))) {
    throw new EnrouteError('ENR-STN-003', `${rid}: the row tells of another manifest`);
  }
  if (state !== 'DRAFT') await files.readDecision(rid);
}
