/**
 * A supervisor's look at what waits for them, and their decision. Each signs in for itself: nothing remembers who sat at
 * this desk a moment ago, and a key is never open longer than the one thing that its owner asked for.
 */
import type { PersonSession } from '@enroute/edge-agent/keys/people.ts';
import type { QueueItem } from '@enroute/edge-agent/queue/queue-item.ts';
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

export type ApprovalDesk = Pick<Station, 'signIn' | 'queue' | 'show' | 'readDraft' | 'approve' | 'reject'>;

/** Oldest first. */
export async function listAwaiting(desk: Pick<ApprovalDesk, 'queue'>): Promise<AwaitingRow[]> {
  const newestFirst = await desk.queue(MAX_QUEUE_ROWS, 'AWAITING_APPROVAL');
  return newestFirst.toReversed().slice(0, MAX_DECISIONS).map(awaitingRow);
}

/** @throws EnrouteError ENR-STN-005 or -007 when sign-in fails, ENR-APR-002 when it is no supervisor who signed in */
export async function review(desk: ApprovalDesk, rids: readonly string[], signIn: SignIn): Promise<Reviewed[]> {
  await supervisorOf(desk, signIn);
  const reviewed: Reviewed[] = [];
  // One after the other: each is a packet of up to some megabytes, opened in memory.
  for (const rid of rids) reviewed.push({ rid, enrolment: await lookInto(desk, rid) });
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
  if (!session.roles.includes('supervisor')) throw new EnrouteError('ENR-APR-002', person);
  return session;
}

async function lookInto(desk: ApprovalDesk, rid: string): Promise<Answer<EnrolmentView>> {
  try {
    demandAwaiting(await desk.show(rid));
    return { ok: true, value: enrolmentView((await desk.readDraft(rid)).enrolment) };
  } catch (error) {
    if (error instanceof EnrouteError) return refusalOf(error);
    throw error;
  }
}

/** An operator's draft is nobody else's business. */
function demandAwaiting({ state }: QueueItem): void {
  if (state !== 'AWAITING_APPROVAL') throw new EnrouteError('ENR-STN-012', state);
}
