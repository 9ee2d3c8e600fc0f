/**
 * Enrolments that were begun and are to be gone on with, and copies of finished ones for the supervisor's eyes. Both
 * are packets sealed for this station itself: nobody who only has the disk can read them.
 */
import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import { readEnrolment } from '@enroute/shared/packet/contents.ts';
import { openPacket } from '@enroute/shared/packet/open.ts';
import { isSignedBy, type Manifest } from '@enroute/shared/schemas/manifest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { issueRid } from '../queue/rid-issuer.ts';
import type { Desk } from './desk.ts';
import type { EnrolRequest } from './enrol.ts';
import { sealForStation } from './seal-enrolment.ts';

export interface Draft {
  readonly manifest: Manifest;
  readonly enrolment: Enrolment;
}

/**
 * Keeps it, durably, in place of the draft that `request.draft` names. No policy is asked: it is not finished.
 * @returns its RID, which the enrolment will have too.
 * @throws EnrouteError ENR-STN-012 when it is no draft any more; ENR-PKT-… and ENR-STN-… as for an enrolment.
 */
export async function saveDraft(request: EnrolRequest, desk: Desk): Promise<string> {
  const at = desk.now();
  const rid = request.draft ?? (await issueRid(desk.counters, desk.identity.station, at));
  const { manifest, packet } = sealForStation(rid, request, at, desk);
  if (request.draft === undefined) {
    await desk.drafts.save(manifest, packet);
    await desk.queue.add({ rid, state: 'DRAFT', manifest, savedAt: at.toISOString() });
    return rid;
  }
  const item = await desk.queue.get(rid);
  if (item?.state !== 'DRAFT') throw new EnrouteError('ENR-STN-012', rid);
  await desk.drafts.save(manifest, packet);
  await desk.queue.move(rid, 'DRAFT', { manifest });
  return rid;
}

/**
 * A draft, or the copy of an enrolment that awaits approval.
 * @throws EnrouteError ENR-STN-008 when there is none, ENR-STN-003 when it is damaged.
 */
export async function readDraft(
  rid: string,
  { drafts, identity, queue }: Pick<Desk, 'drafts' | 'identity' | 'queue'>,
): Promise<Draft> {
  const item = await queue.get(rid);
  if (item?.state !== 'DRAFT' && item?.state !== 'AWAITING_APPROVAL') throw new EnrouteError('ENR-STN-008', rid);
  const { manifest, packet } = await drafts.readStored(rid);
  if (!isSignedBy(manifest, 'station', identity.station, publicKeyOf(identity.signing))) {
    throw new EnrouteError('ENR-STN-003', `${rid}: draft`);
  }
  const { container } = openPacket(packet, (keyId) =>
    keyId === identity.sealing.keyId ? identity.sealing : undefined,
  );
  return { manifest, enrolment: readEnrolment(container) };
}

/** Throws a draft away. @throws EnrouteError ENR-STN-012 when it is none. */
export async function discardDraft(rid: string, { drafts, queue }: Pick<Desk, 'drafts' | 'queue'>): Promise<void> {
  const item = await queue.get(rid);
  if (item?.state !== 'DRAFT') throw new EnrouteError(item ? 'ENR-STN-012' : 'ENR-STN-008', rid);
  await queue.erase(rid);
  await drafts.delete(rid);
}
