/** The supervisor's decision on enrolments that await it, given with the supervisor's own key. */
import { firstRefusal } from '@enroute/shared/policy/finding.ts';
import { checkSupervisor } from '@enroute/shared/policy/rules/people-and-places.ts';
import { countersign } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { demandRole, type PersonSession } from '../keys/people.ts';
import type { QueueChange } from '../queue/queue.ts';
import type { QueueItem } from '../queue/queue-item.ts';
import { type RejectionReason, signRejection } from '../queue/rejection.ts';
import type { Desk } from './desk.ts';
import { type Draft, openCopy } from './drafts.ts';

/** How it went with one of several. */
export interface Decided {
  readonly rid: string;
  /** Why it could not be decided; undefined when it was. */
  readonly code?: StatusCode;
}

/**
 * The enrolment that a supervisor has to decide on.
 * @throws EnrouteError ENR-APR-002 for no supervisor, ENR-STN-008 or -012 when nothing awaits approval there, ENR-APR-004
 *   when there is no copy, ENR-STN-003 when it is damaged.
 */
export async function review(rid: string, supervisor: PersonSession, desk: Desk): Promise<Draft> {
  const { problem } = await awaitingOf(rid, supervisor, desk);
  // It was sealed for the core alone, before the core asked for an approval; or a copy has been looked at before.
  if (problem !== undefined && !(await desk.drafts.has(rid))) throw new EnrouteError('ENR-APR-004', rid);
  return openCopy(rid, desk);
}

/** Approves each that may be approved; what is wrong with one does not keep the others back. */
export function approve(rids: readonly string[], supervisor: PersonSession, desk: Desk): Promise<Decided[]> {
  return decideOnEach(rids, desk, async (rid) => {
    const item = await demandDecidable(rid, supervisor, desk);
    const signer = { role: 'supervisor', signer: supervisor.id, key: supervisor.key } as const;
    const manifest = countersign(item.manifest, signer);
    // Beside the packet first: the decision outlives the database.
    await desk.files.saveDecision(rid, { approved: manifest });
    await enter(rid, 'APPROVED', { manifest }, desk);
  });
}

/** Rejects each: it is never announced, and its bytes never leave this disk. */
export function reject(
  rids: readonly string[],
  reason: RejectionReason,
  supervisor: PersonSession,
  desk: Desk,
): Promise<Decided[]> {
  return decideOnEach(rids, desk, async (rid) => {
    const item = await demandDecidable(rid, supervisor, desk);
    const at = desk.now().toISOString();
    const rejection = signRejection(item.manifest, { by: supervisor.id, at, reason }, supervisor.key);
    await desk.files.saveDecision(rid, { rejected: rejection });
    await enter(rid, 'REJECTED', { rejection, problem: 'ENR-APR-003' }, desk);
  });
}

async function decideOnEach(
  rids: readonly string[],
  desk: Desk,
  decide: (rid: string) => Promise<void>,
): Promise<Decided[]> {
  const decided: Decided[] = [];
  for (const rid of rids) {
    try {
      await desk.turns.take(rid, () => decide(rid));
      decided.push({ rid });
    } catch (error) {
      if (!(error instanceof EnrouteError)) throw error;
      decided.push({ rid, code: error.code });
    }
  }
  return decided;
}

async function enter(rid: string, state: 'APPROVED' | 'REJECTED', change: QueueChange, desk: Desk): Promise<void> {
  if (!(await desk.queue.move(rid, state, change, 'AWAITING_APPROVAL'))) {
    // It was set aside meanwhile: a decision that is not in the queue must not be found beside the packet later.
    await desk.files.dropDecision(rid);
    throw new EnrouteError('ENR-STN-012', rid);
  }
  await desk.drafts.delete(rid);
}

async function demandDecidable(rid: string, supervisor: PersonSession, desk: Desk): Promise<QueueItem> {
  const item = await awaitingOf(rid, supervisor, desk);
  if (item.manifest.operator === supervisor.id) throw new EnrouteError('ENR-APR-001', rid);
  // As the core will judge it.
  const refusal = firstRefusal(checkSupervisor(supervisor.id, item.manifest.createdAt, desk.masterData()));
  if (refusal) throw new EnrouteError(refusal.code, refusal.detail);
  return item;
}

async function awaitingOf(rid: string, supervisor: PersonSession, { queue }: Desk): Promise<QueueItem> {
  demandRole(supervisor, 'supervisor');
  const item = await queue.get(rid);
  if (!item) throw new EnrouteError('ENR-STN-008', rid);
  if (item.state !== 'AWAITING_APPROVAL') throw new EnrouteError('ENR-STN-012', item.state);
  return item;
}
