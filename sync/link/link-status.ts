/** How the link stands, for people and machines. Plain data; whoever shows it finds the words. */
import { describeStatus, type StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { errorLine } from '../disk/error-summary.ts';
import type { LinkFacts, LinkState } from './link-states.ts';

export interface LinkStatus {
  readonly state: LinkState;
  /** The core answers, as far as is known. Packets may be held all the same. */
  readonly up: boolean;
  /** Since when it has been so (ISO 8601). Each try of a link that is down does not begin it anew. */
  readonly since: string;
  /** Why it is as it is, in English; begins with the code where there is one. null while nothing is wrong. */
  readonly reason: string | null;
  readonly code: StatusCode | null;
  /** When the core is asked next, or the wait that it asked for is over. */
  readonly nextTryAt: string | null;
  /** When the core last answered, since the station was started. */
  readonly lastSuccessAt: string | null;
  /** Measured: acknowledged bytes of packets over the time in which they moved. */
  readonly bytesPerSecond: number | null;
  /** Bytes of packets that were sent today, those that were sent twice included. */
  readonly sentTodayBytes: number;
  /** What may be sent in a day. */
  readonly dailyBytes: number | null;
  /** When packets may go again, where the plan holds them back: the next window, or the next day. */
  readonly opensAt: string | null;
}

export interface Circumstances extends Pick<LinkFacts, 'stoppedByPerson'> {
  readonly heldBecause: StatusCode | undefined;
  /** Why the link is lost, or the station not let in. */
  readonly trouble: Error | undefined;
}

export function reasonOf(
  state: LinkState,
  { stoppedByPerson, heldBecause, trouble }: Circumstances,
): Pick<LinkStatus, 'reason' | 'code'> {
  if (state === 'online') return { reason: null, code: null };
  if (state === 'metered') return coded(heldBecause);
  if (state === 'paused') return coded(stoppedByPerson ? 'ENR-LNK-005' : 'ENR-LNK-004');
  return {
    reason: trouble ? errorLine(trouble) : null,
    code: trouble instanceof EnrouteError ? trouble.code : null,
  };
}

function coded(code: StatusCode | undefined): Pick<LinkStatus, 'reason' | 'code'> {
  return code ? { reason: `${code}: ${describeStatus(code).sentence}`, code } : { reason: null, code: null };
}
