/** What an administrator may do to a station in each state: one table, in the order of the buttons. */
import type { TrustState } from '../api/answers.ts';

export type StationAct = 'suspend' | 'reinstate' | 'revoke';

export const ACTS_IN_STATE: Readonly<Record<TrustState, readonly StationAct[]>> = {
  active: ['suspend', 'revoke'],
  suspended: ['reinstate', 'revoke'],
  // What is still on its way in can be refused after all.
  draining: ['revoke'],
  // A new invitation is the only way back.
  revoked: [],
  invited: [],
};

/** What becomes of packets that a station has sealed and not yet delivered, when it is revoked. */
export const QUEUED_PACKETS = ['accept', 'refuse'] as const;
export type QueuedPackets = (typeof QUEUED_PACKETS)[number];

/** What is proposed for the machine that has the number when another is invited; undefined where there is none. */
export function queuedByState(state: TrustState): QueuedPackets | undefined {
  if (state === 'invited') return undefined;
  return state === 'revoked' ? 'refuse' : 'accept';
}

export interface ActRequest {
  readonly method: 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: { readonly queuedPackets: QueuedPackets };
}

export function requestFor(act: StationAct, station: string, queuedPackets: QueuedPackets): ActRequest {
  const path = `/api/stations/${station}`;
  switch (act) {
    case 'suspend':
      return { method: 'PUT', path: `${path}/suspension` };
    case 'reinstate':
      return { method: 'DELETE', path: `${path}/suspension` };
    case 'revoke':
      return { method: 'PUT', path: `${path}/revocation`, body: { queuedPackets } };
  }
}
