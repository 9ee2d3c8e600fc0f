/**
 * The station's side of its enrolment: it shows its card and proves its keys to the core that the token names, for as long
 * as the link needs to bring an answer, and trusts whoever answers only by the key in the token.
 */
import type { CoreCard, StationCard } from '@enroute/shared/schemas/cards.ts';
import { type InvitationToken, invitationKeyOf, invitingCore } from '@enroute/shared/schemas/invitation.ts';
import {
  ENROLMENTS_PATH,
  isEnrolledAs,
  type StationEnrolled,
  type StationKeys,
  signEnrolment,
  stationEnrolledSchema,
} from '@enroute/shared/schemas/station-enrolment.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { Refusal } from '@enroute/sync/link/answer.ts';
import { type BackOff, fullJitter } from '@enroute/sync/link/back-off.ts';
import { elapse } from '@enroute/sync/link/elapse.ts';
import type { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import { LinkError } from '@enroute/sync/link/link-error.ts';

export interface JoinOptions {
  readonly client: Pick<GatewayClient, 'request'>;
  readonly token: InvitationToken;
  readonly card: StationCard;
  readonly keys: StationKeys;
  readonly backOff?: BackOff;
  /** Told why it has to be tried again. */
  readonly onTrouble?: (error: Error) => void;
}

const BACK_OFF: BackOff = { baseMs: 1_000, capMs: 30_000 };
/** About five minutes of a link that is down; the person at the machine may then try again. */
const MAX_TRIES = 20;
const DEADLINE_MS = 60_000;

/**
 * @returns the core to trust.
 * @throws Refusal with the core's reason, LinkError when it can't be reached for minutes, EnrouteError ENR-TRU-007 when
 *   whoever answered is not the core of the token.
 */
export async function joinCore(options: JoinOptions): Promise<CoreCard> {
  const { token, card, keys } = options;
  const core = invitingCore(token);
  const body = signEnrolment(card, keys, invitationKeyOf(token), core);
  const enrolled = await askPatiently(options, body);
  if (!isEnrolledAs(enrolled, card, core)) throw new EnrouteError('ENR-TRU-007');
  return enrolled.core;
}

/** The same request each time: an answer that was lost is answered again. */
async function askPatiently(options: JoinOptions, body: object): Promise<StationEnrolled> {
  const { client, backOff = BACK_OFF, onTrouble } = options;
  const never = new AbortController().signal;
  for (let tries = 1; ; tries += 1) {
    try {
      const request = { path: ENROLMENTS_PATH, method: 'POST', body, deadlineMs: DEADLINE_MS } as const;
      return await client.request(request, stationEnrolledSchema);
    } catch (error) {
      if (tries === MAX_TRIES || !isPassing(error)) throw error;
      onTrouble?.(error);
      if (error instanceof Refusal && error.retryAfterMs !== undefined) await elapse(error.retryAfterMs, never);
      await fullJitter(tries - 1, backOff, never);
    }
  }
}

function isPassing(error: unknown): error is Error {
  if (error instanceof LinkError) return true;
  return error instanceof Refusal && (error.status === 429 || error.status === 503);
}
