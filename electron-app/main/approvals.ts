/**
 * A supervisor's look at what waits for them, and their decision. Each signs in for itself: nothing remembers who sat at
 * this desk a moment ago, and a key is never open longer than the one thing that its owner asked for.
 */
import { demandRole, type PersonSession } from '@enroute/edge-agent/keys/people.ts';
import type { Station } from '@enroute/edge-agent/station.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import {
  type Answer,
  type AwaitingRow,
  type Decided,
  type EnrolmentView,
  MAX_DECISIONS,
  MAX_QUEUE_ROWS,
  type RejectionReason,
  type Reviewed,
  type SignIn,
} from '../shared-api.ts';
import { enrolmentView } from './enrolment-view.ts';
import { refusalOf } from './refusal.ts';
import { awaitingRow } from './views.ts';

export type ApprovalDesk = Pick<Station, 'signIn' | 'queue' | 'review' | 'approve' | 'reject'>;

/** Oldest first. */
export async function listAwaiting(desk: Pick<ApprovalDesk, 'queue'>): Promise<AwaitingRow[]> {
  const newestFirst = await desk.queue(MAX_QUEUE_ROWS, 'AWAITING_APPROVAL');
  return newestFirst.toReversed().slice(0, MAX_DECISIONS).map(awaitingRow);
}

/** @throws EnrouteError ENR-STN-005 or -007 when sign-in fails, ENR-APR-002 when it is no supervisor who signed in */
export async function review(desk: ApprovalDesk, rids: readonly string[], signIn: SignIn): Promise<Reviewed[]> {
  const supervisor = await supervisorOf(desk, signIn);
  const reviewed: Reviewed[] = [];
  // One after the other: each is a packet of up to some megabytes, opened in memory.
  for (const rid of rids) reviewed.push({ rid, enrolment: await lookInto(desk, rid, supervisor) });
  return reviewed;
}

/** @throws as `review` */
export async function approve(desk: ApprovalDesk, rids: readonly string[], signIn: SignIn): Promise<Decided[]> {
  return desk.approve(rids, await supervisorOf(desk, signIn));
}

/** @throws as `review` */
export async function reject(
  desk: ApprovalDesk,
  rids: readonly string[],
  reason: RejectionReason,
  signIn: SignIn,
): Promise<Decided[]> {
  return desk.reject(rids, reason, await supervisorOf(desk, signIn));
}

async function supervisorOf(desk: ApprovalDesk, { person, password }: SignIn): Promise<PersonSession> {
  const session = await desk.signIn(person, password);
  demandRole(session, 'supervisor');
  return session;
}

async function lookInto(desk: ApprovalDesk, rid: string, supervisor: PersonSession): Promise<Answer<EnrolmentView>> {
  try {
    return { ok: true, value: enrolmentView((await desk.review(rid, supervisor)).enrolment) };
  } catch (error) {
    if (error instanceof EnrouteError) return refusalOf(error);
    throw error;
  }
}
