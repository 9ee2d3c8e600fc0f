/** Looks at every packet on the disk as the core would: whole, unchanged, signed, and the one that the row tells of. */
import { readPacketHeader } from '@enroute/shared/packet/open.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import canonicalize from 'canonicalize';
import type { Queue } from '../queue/queue.ts';
import type { QueueItem } from '../queue/queue-item.ts';
import type { QueueState } from '../queue/states.ts';
import { demandOwn, type FilesOfStation, isSameSealed, rowByFiles } from './state-by-files.ts';

export interface Verdict {
  readonly rid: string;
  readonly state: QueueState;
  /** What is wrong with it; absent when nothing is. */
  readonly damage?: { readonly code: StatusCode; readonly detail: string };
}

export interface VerifySource extends FilesOfStation {
  readonly queue: Queue;
}

/** It may move on while it is looked at; then it is looked at again. */
const MAX_LOOKS = 3;

/**
 * One verdict after the other, over one packet or over all. What is damaged and still had to be sent is set aside; what
 * was set aside for damage and is whole again goes on. The rest of the queue is not held up by either.
 */
export async function* verifyPackets(source: VerifySource, rid?: string): AsyncGenerator<Verdict> {
  if (rid !== undefined) {
    const verdict = await verifyOne(rid, source);
    if (!verdict) throw new EnrouteError('ENR-STN-008', rid);
    yield verdict;
    return;
  }
  for await (const page of source.queue.pages()) {
    for (const item of page) {
      const verdict = await verifyOne(item.rid, source);
      if (verdict) yield verdict;
    }
  }
}

/** Undefined when it is not here (any more). */
async function verifyOne(rid: string, source: VerifySource): Promise<Verdict | undefined> {
  let damage: Verdict['damage'];
  for (let looks = 1; ; looks += 1) {
    const item = await source.queue.get(rid);
    if (!item) return undefined;
    damage = await findDamage(item, source);
    const now = await source.queue.get(rid);
    const hasMoved = now?.state !== item.state || now.manifest.packet.digest !== item.manifest.packet.digest;
    if (damage && hasMoved && looks < MAX_LOOKS) continue;
    if (damage?.code === 'ENR-STN-003' && !hasMoved) {
      await source.queue.move(rid, 'SET_ASIDE', { problem: damage.code });
    }
    if (!damage && item.state === 'SET_ASIDE' && item.problem === 'ENR-STN-003') await takeUpAgain(rid, source);
    return { rid, state: item.state, ...(damage ? { damage } : {}) };
  }
}

/** Somebody has brought the file back. */
async function takeUpAgain(rid: string, source: VerifySource): Promise<void> {
  const { state, manifest } = await rowByFiles(rid, source);
  await source.queue.move(rid, state, { manifest }, 'SET_ASIDE');
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

async function demandWhole(item: QueueItem, source: VerifySource): Promise<void> {
  const { rid, state, manifest } = item;
  if (state === 'RELEASED') return;
  const stored = await (state === 'DRAFT' ? source.drafts : source.files).readStored(rid);
  const header = readPacketHeader(stored.packet);
  const said = stored.manifest;
  const belongs = said.rid === header.rid && said.process === header.process && said.packet.keyId === header.keyId;
  if (!belongs) throw new EnrouteError('ENR-STN-003', `${rid}: the manifest is another packet's`);
  demandOwn(said, source);
  // Of a draft, a crash may have left the row of the one before.
  const isOlderDraft = state === 'DRAFT' && said.packet.digest !== manifest.packet.digest;
  if (!isOlderDraft && !isSameSealed(said, manifest)) {
    throw new EnrouteError('ENR-STN-003', `${rid}: the row tells of another manifest`);
  }
  const decision = state === 'DRAFT' ? undefined : await source.files.readDecision(rid);
  const isApproved = manifest.signatures.some(({ role }) => role === 'supervisor');
  if (
    decision &&
    isApproved &&
    (!('approved' in decision) || canonicalize(decision.approved) !== canonicalize(manifest))
  ) {
    throw new EnrouteError('ENR-STN-003', `${rid}: the row tells of another decision`);
  }
}
