/**
 * Enrolments that were begun and are to be gone on with, and copies of finished ones for the supervisor's eyes. Both
 * are packets sealed for this station itself: nobody who only has the disk can read them.
 */
import type { Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import { readEnrolment } from '@enroute/shared/packet/contents.ts';
import { openPacket } from '@enroute/shared/packet/open.ts';
import { isSignedBy, type Manifest } from '@enroute/shared/schemas/manifest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { demandRole, type PersonSession } from '../keys/people.ts';
import { openingKeysOf, ownSigningKeys } from '../keys/station-identity.ts';
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
 * @throws EnrouteError ENR-STN-012 when it is no draft any more, -013 for no operator, ENR-LIM-001 without room; ENR-PKT-… and ENR-STN-… as for an
 *   enrolment.
 */
export async function saveDraft(request: EnrolRequest, desk: Desk): Promise<string> {
  demandRole(request.operator, 'operator');
  const full = (await desk.limits()).findings.find(({ code, weight }) => code === 'ENR-LIM-001' && weight === 'refuse');
  if (full) throw new EnrouteError(full.code, full.detail);
  const { draft } = request;
  if (draft !== undefined) return desk.turns.take(draft, () => saveAgain(draft, request, desk));
  const at = desk.now();
  const rid = await desk.rids.issue(at);
  const { manifest, packet } = await sealForStation(rid, request, at, desk);
  await desk.drafts.save(manifest, packet);
  await desk.queue.add({ rid, state: 'DRAFT', manifest, savedAt: at.toISOString() });
  return rid;
}

async function saveAgain(rid: string, request: EnrolRequest, desk: Desk): Promise<string> {
  await demandDraft(rid, desk);
  const { manifest, packet } = await sealForStation(rid, request, desk.now(), desk);
  await desk.drafts.save(manifest, packet);
  if (!(await desk.queue.move(rid, 'DRAFT', { manifest }))) throw new EnrouteError('ENR-STN-012', rid);
  return rid;
}

/** @throws EnrouteError ENR-STN-008 or -012 when it is no draft, -003 when it is damaged, -013 for no operator. */
export async function readDraft(
  rid: string,
  operator: PersonSession,
  desk: Pick<Desk, 'drafts' | 'identity' | 'queue'>,
): Promise<Draft> {
  demandRole(operator, 'operator');
  await demandDraft(rid, desk);
  return openCopy(rid, desk);
}

/** @throws EnrouteError ENR-STN-008 when there is nothing of that RID, -012 when it is no draft (any more). */
export async function demandDraft(rid: string, { queue }: Pick<Desk, 'queue'>): Promise<void> {
  const item = await queue.get(rid);
  if (!item) throw new EnrouteError('ENR-STN-008', rid);
  if (item.state !== 'DRAFT') throw new EnrouteError('ENR-STN-012', item.state);
}

/** What was sealed for this station itself. @throws EnrouteError ENR-STN-003 when it is missing or damaged. */
export async function openCopy(rid: string, { drafts, identity }: Pick<Desk, 'drafts' | 'identity'>): Promise<Draft> {
  const { manifest, packet } = await drafts.readStored(rid);
  const isOwn = ownSigningKeys(identity).some((key) => isSignedBy(manifest, 'station', identity.station, key));
  if (!isOwn) {
    throw new EnrouteError('ENR-STN-003', `${rid}: draft`);
  }
  const { container } = openPacket(packet, (keyId) => openingKeysOf(identity).find((pair) => pair.keyId === keyId));
  return { manifest, enrolment: readEnrolment(container) };
}

/** Throws a draft away. @throws as `readDraft` */
export async function discardDraft(
  rid: string,
  operator: PersonSession,
  { drafts, queue, turns }: Pick<Desk, 'drafts' | 'queue' | 'turns'>,
): Promise<void> {
  demandRole(operator, 'operator');
  await turns.take(rid, async () => {
    await demandDraft(rid, { queue });
    await queue.erase(rid);
    await drafts.delete(rid);
  });
}
