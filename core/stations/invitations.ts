/**
 * Invitations: one-time enrolment tokens. Of a station at most one is open; a new one takes the place of the one before. It
 * is used once, by one pair of keys: the same keys may use it again until it expires, because the answer to the first
 * time may have been lost on the way; any others may not.
 */
import { randomBytes } from 'node:crypto';
import { toBase64Url } from '@enroute/shared/crypto/encoding.ts';
import { type PublicKey, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import {
  formatInvitation,
  INVITATION_SECRET_BYTES,
  type InvitationToken,
  invitationKeyOf,
} from '@enroute/shared/schemas/invitation.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { type Act, INVITED_ONLY, type Invitation, type QueuedPackets, type StationEntry } from './station-entry.ts';
import { hasRight } from './station-rights.ts';

export const DEFAULT_VALID_HOURS = 24;
/** Whoever waits for longer is invited again. */
export const MAX_VALID_HOURS = 14 * 24;

const HOUR_MS = 60 * 60 * 1000;

export interface InvitationTerms {
  /** The gateway's address as stations reach it. */
  readonly url: string;
  /** The core's present signing key. */
  readonly core: PublicKey;
  /** SHA-256 of the certificate of the gateway's authority, where it is the country's own. */
  readonly ca?: string | undefined;
  readonly validHours?: number | undefined;
  /** Of the machine that has the number now; by its state when left out, see `queuedPacketsOf`. */
  readonly queuedPackets?: QueuedPackets | undefined;
}

export interface MadeInvitation {
  /** What is handed over; nobody can make it out of what is stored. */
  readonly token: string;
  readonly expiresAt: string;
  readonly invitation: Invitation;
}

/** @param random of so many bytes */
export function makeInvitation(
  station: string,
  terms: InvitationTerms,
  queuedPackets: QueuedPackets,
  { by, at }: Act,
  random: (bytes: number) => Uint8Array = randomBytes,
): MadeInvitation {
  const { url, core, ca, validHours = DEFAULT_VALID_HOURS } = terms;
  const secret = toBase64Url(random(INVITATION_SECRET_BYTES));
  const token: InvitationToken = { v: 1, url, station, core: core.key, secret, ...(ca ? { ca } : {}) };
  const expiresAt = new Date(at.getTime() + validHours * HOUR_MS).toISOString();
  const key = publicKeyOf(invitationKeyOf(token));
  const invitation = { key, invitedAt: at.toISOString(), by, expiresAt, queuedPackets };
  return { token: formatInvitation(token), expiresAt, invitation };
}

/** What a machine that may send has queued is its station's own work; of one that was shut out nothing is believed. */
export function queuedPacketsOf(entry: StationEntry | undefined): QueuedPackets {
  return entry && hasRight(entry.state, 'announce') ? 'accept' : 'refuse';
}

export function invited(entry: StationEntry | undefined, invitation: Invitation): StationEntry {
  return { ...(entry ?? INVITED_ONLY), invitation };
}

export function withdrawn(entry: StationEntry): StationEntry {
  const { invitation: _withdrawn, ...rest } = entry;
  return rest;
}

/** An invitation from before something that was done to the station must not undo it. Of a used one stays who used it. */
export function withoutOpenInvitation(entry: StationEntry): StationEntry {
  return entry.invitation && !entry.invitation.used ? withdrawn(entry) : entry;
}

/** The invitation that nobody has used and that has not expired. */
export function openInvitation({ invitation }: StationEntry, now: Date): Invitation | undefined {
  return invitation && !invitation.used && !isExpired(invitation, now) ? invitation : undefined;
}

/**
 * Whether these keys have used it already.
 * @throws EnrouteError ENR-TRU-003 when it has expired, ENR-TRU-004 when others have used it.
 */
export function isUsedBy(invitation: Invitation, { signingKey, sealingKey }: StationCard, now: Date): boolean {
  if (isExpired(invitation, now)) throw new EnrouteError('ENR-TRU-003', invitation.expiresAt);
  const { used } = invitation;
  if (!used) return false;
  if (used.signingKeyId === signingKey.keyId && used.sealingKeyId === sealingKey.keyId) return true;
  throw new EnrouteError('ENR-TRU-004');
}

function isExpired({ expiresAt }: Invitation, now: Date): boolean {
  return now.getTime() >= Date.parse(expiresAt);
}
