/** From what the desk captured to a packet that is safe on this disk. When this returns, the screen may say "saved". */
import type { Enrolment, Process } from '@enroute/shared/enrolment/enrolment.ts';
import { type Finding, firstRefusal } from '@enroute/shared/policy/finding.ts';
import type { Manifest, ManifestBody } from '@enroute/shared/schemas/manifest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { demandRole, type PersonSession } from '../keys/people.ts';
import type { Desk } from './desk.ts';
import { demandDraft } from './drafts.ts';
import { findingsOf } from './findings.ts';
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
 *   when the station takes no more, ENR-PKT-… when it does not fit a packet, ENR-STN-… when the disk fails, when who signed
 *   in is no operator (-013) or when the draft is none (any more) (-008, -012). Nothing was saved then.
 */
export async function enrol(request: EnrolRequest, desk: Desk): Promise<Saved> {
  demandRole(request.operator, 'operator');
  const findings = await findingsOf(request, desk);
  const refusal = firstRefusal(findings);
  if (refusal) throw new EnrouteError(refusal.code, refusal.detail);
  const { draft } = request;
  const manifest = await (draft === undefined
    ? saveNew(request, desk)
    : desk.turns.take(draft, () => completeDraft(draft, request, desk)));
  return { rid: manifest.rid, digest: manifest.packet.digest, bytes: manifest.packet.bytes, warnings: findings };
}

async function saveNew(request: EnrolRequest, desk: Desk): Promise<Manifest> {
  const at = desk.now();
  const rid = await desk.rids.issue(at);
  const { manifest, state } = await saveFiles(rid, request, at, desk);
  try {
    await desk.queue.add({ rid, state, manifest, savedAt: at.toISOString() });
    return manifest;
  } catch (error) {
    // Refused for want of room, and so there is no row: the bytes would only take up more of it. After any other error
    // nobody knows whether the row is there, and the file must stay.
    if (error instanceof EnrouteError && error.code === 'ENR-STN-001') {
      await desk.files.delete(rid);
      await desk.drafts.delete(rid);
    }
    throw error;
  }
}

async function completeDraft(rid: string, request: EnrolRequest, desk: Desk): Promise<Manifest> {
  await demandDraft(rid, desk);
  const at = desk.now();
  const { manifest, state } = await saveFiles(rid, request, at, desk);
  if (!(await desk.queue.move(rid, state, { manifest, savedAt: at.toISOString() }, 'DRAFT'))) {
    throw new EnrouteError('ENR-STN-012', rid);
  }
  if (state !== 'AWAITING_APPROVAL') await desk.drafts.delete(rid);
  return manifest;
}

/** Bytes first: a row always has its file. A crash in between leaves a file without a row, and nothing was said yet. */
async function saveFiles(
  rid: string,
  request: EnrolRequest,
  at: Date,
  desk: Desk,
): Promise<{ manifest: Manifest; state: 'SEALED' | 'AWAITING_APPROVAL' }> {
  const { manifest, packet } = await sealForCore(rid, request, at, desk);
  const approval = desk.masterData()?.approval === true;
  // The supervisor decides on what they can look at, and nobody here can open what is sealed for the core.
  if (approval) {
    const copy = await sealForStation(rid, request, at, desk);
    await desk.drafts.save(copy.manifest, copy.packet);
  }
  await desk.files.save(manifest, packet).catch(async (error: unknown) => {
    // A draft stays a draft, whose file this is now; of a new one nothing is to be left.
    if (approval && request.draft === undefined) await desk.drafts.delete(rid);
    throw error;
  });
  return { manifest, state: approval ? 'AWAITING_APPROVAL' : 'SEALED' };
}
