/**
 * Takes a machine in as a station: it has the token, it has the secret halves of its keys, and nobody was before it. That
 * it was used, and for which keys, is written in the same document as the keys themselves: of two machines with one
 * token one wins, at whatever gateways they knock, and a crash leaves all of it or nothing.
 */
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import {
  holdsItsKeys,
  isInvitedBy,
  type StationEnrolled,
  type StationEnrolment,
  signEnrolled,
} from '@enroute/shared/schemas/station-enrolment.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { type CoreKeys, coreCardOf, signingKeysOf } from '../keys.ts';
import { isUsedBy } from './invitations.ts';
import { areGivenUp, hasSameKeys, type Invitation, replacedBy, type StationEntry } from './station-entry.ts';
import type { StationRegister } from './station-register.ts';

export interface EnrolOptions {
  readonly register: StationRegister;
  readonly keys: CoreKeys;
  /** Makes ready what a registered station needs: its channel, and what is sent down it. Repeating it changes nothing. */
  readonly prepare: (card: StationCard) => Promise<void>;
  readonly now: () => Date;
}

/**
 * @throws EnrouteError ENR-TRU-002 when the token is not valid here, -003 when it has expired, -004 when another machine
 *   has used it, -005 when the keys are not the machine's own, -006 when they were given up before.
 */
export async function enrolStation(enrolment: StationEnrolment, options: EnrolOptions): Promise<StationEnrolled> {
  const { register, keys, prepare, now } = options;
  const { card } = enrolment;
  // A token from before a rotation names an earlier key: the station believes an answer that is signed by that one.
  const core = signingKeysOf(keys).find(({ keyId }) => keyId === enrolment.core);
  if (!core) throw new EnrouteError('ENR-TRU-002', 'another core');
  const holdsKeys = holdsItsKeys(enrolment, core);
  const at = now();
  await register.change(card.station, (entry) => {
    const { invitation, ...known } = demandInvitation(entry, enrolment);
    if (!holdsKeys) throw new EnrouteError('ENR-TRU-005', card.station);
    return isUsedBy(invitation, card, at) ? again(entry, card) : enrolled({ ...known, invitation }, card, at);
  });
  await prepare(card);
  const [signingKeyId, sealingKeyId] = [card.signingKey.keyId, card.sealingKey.keyId];
  const { station } = card;
  return signEnrolled(
    { v: 1, station, signingKeyId, sealingKeyId, core: coreCardOf(keys), at: at.toISOString() },
    core,
  );
}

type Invited = StationEntry & { readonly invitation: Invitation };

/** Only whoever has the token learns more than that it does not count. */
function demandInvitation(entry: StationEntry | undefined, enrolment: StationEnrolment): Invited {
  const invitation = entry?.invitation;
  if (!entry || !invitation || !isInvitedBy(enrolment, invitation.key)) throw new EnrouteError('ENR-TRU-002');
  return { ...entry, invitation };
}

/** The answer was lost. What has happened to the station since is not undone, and its card is not changed by it. */
function again(entry: StationEntry | undefined, card: StationCard): StationEntry {
  // It has other keys by now: rotated, or registered by card.
  if (!entry?.card || !hasSameKeys(entry.card, card)) throw new EnrouteError('ENR-TRU-004');
  return entry;
}

function enrolled(entry: Invited, card: StationCard, at: Date): StationEntry {
  const { invitation } = entry;
  const { by, queuedPackets } = invitation;
  if (areGivenUp(entry, card)) throw new EnrouteError('ENR-TRU-006', card.station);
  const [signingKeyId, sealingKeyId] = [card.signingKey.keyId, card.sealingKey.keyId];
  const used: Invitation = { ...invitation, used: { signingKeyId, sealingKeyId, at: at.toISOString() } };
  const isKnown = entry.card !== undefined && hasSameKeys(entry.card, card);
  // The same machine enrols again, with other people say: its keys are not replaced, and what it has queued stays good.
  const next: StationEntry = isKnown
    ? { ...entry, card, state: 'active', since: at.toISOString(), by }
    : replacedBy(entry, card, queuedPackets, { by, at });
  return { ...next, invitation: used };
}
