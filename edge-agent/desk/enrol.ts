/** From what the desk captured to a packet that is safe on this disk. When this returns, the screen may say "saved". */
import type { Enrolment, Process } from '@enroute/shared/enrolment/enrolment.ts';
import type { Finding } from '@enroute/shared/policy/finding.ts';
import type { ManifestBody } from '@enroute/shared/schemas/manifest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { PersonSession } from '../keys/people.ts';
import { issueRid } from '../queue/rid-issuer.ts';
import type { Desk } from './desk.ts';
import { preFlight } from './pre-flight.ts';
import { sealForCore, sealForStation } from './seal-enrolment.ts';

export interface EnrolRequest {
  readonly enrolment: Enrolment;
  readonly process: Process;
  readonly operator: PersonSession;
  readonly priority: ManifestBody['priority'];
  /** For a CORRECTION: the registration that it corrects. */
  readonly corrects?: string;
  /** The draft that this completes; it is no draft any more then. */
  readonly draft?: string;
}

export interface Saved {
  readonly rid: string;
  readonly digest: string;
  readonly bytes: number;
  /** What the operator should know although it was saved. */
  readonly warnings: readonly Finding[];
}

/**
 * @throws EnrouteError with the code that the core would have refused it with (ENR-VAL-…, ENR-QUA-…, ENR-CMD-…), ENR-LIM-…
 *   when the station takes no more, ENR-PKT-… when it does not fit a packet, ENR-STN-… when the disk fails. Nothing was
 *   saved then.
 */
export async function enrol(request: EnrolRequest, desk: Desk): Promise<Saved> {
  const findings = [...preFlight(request, desk), ...(await desk.limits()).findings];
  const refusal = findings.find(({ weight }) => weight === 'refuse');
  if (refusal) throw new EnrouteError(refusal.code, refusal.detail);

  const at = desk.now();
  const rid = request.draft ?? (await issueRid(desk.counters, desk.identity.station, at));
  const { manifest, packet } = sealForCore(rid, request, at, desk);
  const approval = desk.masterData()?.approval === true;
  // The supervisor decides on what they can look at, and nobody here can open what is sealed for the core.
  if (approval) {
    const copy = sealForStation(rid, request, at, desk);
    await desk.drafts.save(copy.manifest, copy.packet);
  }
  // Bytes first: a row always has its file. A crash in between leaves a file without a row, and nothing was said yet.
  await desk.files.save(manifest, packet);
  const state = approval ? 'AWAITING_APPROVAL' : 'SEALED';
  try {
    await enterQueue(desk, { rid, state, manifest, savedAt: at.toISOString() }, request.draft !== undefined);
  } catch (error) {
    // Refused for want of room, and so there is no row: the bytes would only take up more of it. After any other error
    // nobody knows whether the row is there, and the file must stay.
    if (error instanceof EnrouteError && error.code === 'ENR-STN-001') await desk.files.delete(rid);
    if (approval && request.draft === undefined) await desk.drafts.delete(rid);
    throw error;
  }
  if (!approval && request.draft !== undefined) await desk.drafts.delete(rid);
  return { rid, digest: manifest.packet.digest, bytes: packet.byteLength, warnings: findings };
}

async function enterQueue({ queue }: Desk, item: Parameters<Desk['queue']['add']>[0], isDraft: boolean): Promise<void> {
  if (!isDraft) return queue.add(item);
  const { rid, state, manifest, savedAt } = item;
  if (!(await queue.move(rid, state, { manifest, savedAt }))) throw new EnrouteError('ENR-STN-012', rid);
}
