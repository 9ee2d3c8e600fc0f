/**
 * What the core keeps of one station, in one document: so that of two acts at the same time, at whatever gateways, one is
 * first and the other sees it. The rules here go from an entry to the next and touch nothing.
 *
 *   (nothing) ── invited ──> entry without a card: no rights, and unknown to whoever asks
 *   any       ── enrols with an open invitation, or is registered by card ──> active
 *   active    ── suspend ──> suspended ── reinstate ──> active
 *   active, suspended ── revoke ──> draining (what is queued is accepted) or revoked (it is refused)
 *   draining  ── revoke, refusing ──> revoked
 *
 * Nothing leads out of draining or revoked but new keys: those that were revoked never count again.
 */
import { keyIdSchema, publicKeySchema } from '@enroute/shared/crypto/keys.ts';
import { type StationCard, stationCardSchema } from '@enroute/shared/schemas/cards.ts';
import { timeSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import { STATION_STATES, type StationState } from './station-rights.ts';

export const QUEUED_PACKETS = ['accept', 'refuse'] as const;
/** What becomes of packets that were signed with keys that count no longer. */
export type QueuedPackets = (typeof QUEUED_PACKETS)[number];

const invitationSchema = z.object({
  /** The public half of the token's key, see shared/schemas/invitation.ts. */
  key: publicKeySchema,
  invitedAt: timeSchema,
  by: z.string(),
  expiresAt: timeSchema,
  /** Of the machine that had the number before. */
  queuedPackets: z.enum(QUEUED_PACKETS),
  /** The keys that it was used for, once and for all. */
  used: z.object({ signingKeyId: keyIdSchema, sealingKeyId: keyIdSchema, at: timeSchema }).optional(),
});
export type Invitation = z.infer<typeof invitationSchema>;

const earlierSchema = z.object({
  /** As it was: its people signed what this key has signed. After a rotation they are those of the present card. */
  card: stationCardSchema,
  until: timeSchema,
  why: z.enum(['rotated', 'replaced']),
  queuedPackets: z.enum(QUEUED_PACKETS),
});
export type EarlierKeys = z.infer<typeof earlierSchema>;

export const stationEntrySchema = z.object({
  state: z.enum(STATION_STATES),
  /** Since when it is in this state, and by whom; of documents of before not known. */
  since: timeSchema.optional(),
  by: z.string().optional(),
  /** None while it is invited for the first time. */
  card: stationCardSchema.optional(),
  /** The newest first. */
  earlier: z.array(earlierSchema).default([]),
  /** Ids of all keys that count no longer, the newest first: they outlast the cards, so that none comes back. */
  givenUp: z.array(keyIdSchema).default([]),
  invitation: invitationSchema.optional(),
});
export type StationEntry = z.infer<typeof stationEntrySchema>;

/** Who does something, and when. */
export interface Act {
  readonly by: string;
  readonly at: Date;
}

export const INVITED_ONLY: StationEntry = { state: 'revoked', earlier: [], givenUp: [] };

/**
 * Enough for a rotation every month and the longest way of a stick. Rotations are counted apart from replacements: a
 * machine that changes its keys again and again does not shut out what the one before it has sealed.
 */
const MAX_EARLIER = 12;
/** About 80 KB. A number that has gone through more keys than this is retired before. */
const MAX_GIVEN_UP = 4_096;
/** So that the entry stays well below what the store takes in one document, however many people its cards name. */
const MAX_EARLIER_BYTES = 512 * 1024;

const MOVES: Readonly<Record<StationState, readonly StationState[]>> = {
  active: ['suspended', 'draining', 'revoked'],
  suspended: ['active', 'draining', 'revoked'],
  draining: ['revoked'],
  revoked: [],
};

/** To be where it is already is no move. @throws EnrouteError ENR-TRU-008 when nothing leads there. */
export function movedTo(entry: StationEntry, state: StationState, { by, at }: Act): StationEntry {
  if (entry.state === state) return entry;
  if (!MOVES[entry.state].includes(state)) throw new EnrouteError('ENR-TRU-008', `${entry.state} to ${state}`);
  return { ...entry, state, since: at.toISOString(), by };
}

/** The entry with new keys for the same machine; its state stays. */
export function rotatedTo(entry: StationEntry & { card: StationCard }, next: StationCard, at: Date): StationEntry {
  const before: EarlierKeys = { card: entry.card, until: at.toISOString(), why: 'rotated', queuedPackets: 'accept' };
  // The people of a card that was rotated are those of the present one: one copy of them is enough.
  const bare = { ...before, card: { ...entry.card, operators: [], supervisors: [] } };
  return { ...entry, card: next, earlier: bounded([bare, ...entry.earlier]), givenUp: givenUpAfter(entry) };
}

/**
 * The entry with the keys of another machine, which is active from now on. What the machine before has rotated away goes
 * with it.
 */
export function replacedBy(
  entry: StationEntry,
  next: StationCard,
  queuedPackets: QueuedPackets,
  { by, at }: Act,
): StationEntry {
  const until = at.toISOString();
  const { card } = entry;
  const replaced = card ? [{ card, until, why: 'replaced' as const, queuedPackets }] : [];
  const rotated = entry.earlier.map((one): EarlierKeys => {
    if (one.why === 'replaced' || !card) return one;
    const { operators, supervisors } = card;
    return { ...one, card: { ...one.card, operators, supervisors }, why: 'replaced', queuedPackets };
  });
  const earlier = bounded([...replaced, ...rotated]);
  return { ...entry, state: 'active', since: until, by, card: next, earlier, givenUp: givenUpAfter(entry) };
}

/** Whether these keys counted for the station once and count no longer, or were revoked. */
export function areGivenUp(entry: StationEntry, next: StationCard): boolean {
  const { card, state } = entry;
  const isRevoked = card !== undefined && (state === 'revoked' || state === 'draining');
  const gone = new Set([...givenUpKeys(entry), ...(isRevoked ? keyIdsOf(card) : [])]);
  return keyIdsOf(next).some((keyId) => gone.has(keyId));
}

/** As they are when the present keys are replaced by others. */
function givenUpAfter(entry: StationEntry): string[] {
  const present = entry.card ? keyIdsOf(entry.card) : [];
  return [...new Set([...present, ...givenUpKeys(entry)])].slice(0, MAX_GIVEN_UP);
}

/** An entry from before they were listed has its earlier cards alone. */
function givenUpKeys({ earlier, givenUp }: StationEntry): string[] {
  return [...givenUp, ...earlier.flatMap(({ card }) => keyIdsOf(card))];
}

function keyIdsOf({ signingKey, sealingKey }: StationCard): string[] {
  return [signingKey.keyId, sealingKey.keyId];
}

export function hasSameKeys(one: StationCard, other: StationCard): boolean {
  return one.signingKey.keyId === other.signingKey.keyId && one.sealingKey.keyId === other.sealingKey.keyId;
}

/**
 * The cards by which what is queued still may come in: the present one, and of earlier ones those whose packets are
 * accepted. Requests are authenticated by the present one alone.
 */
export function cardsInForce({ card, earlier }: StationEntry): readonly StationCard[] {
  if (!card) return [];
  const { operators, supervisors } = card;
  const accepted = earlier.filter(({ queuedPackets }) => queuedPackets === 'accept');
  return [card, ...accepted.map((one) => (one.why === 'rotated' ? { ...one.card, operators, supervisors } : one.card))];
}

/** Of either kind the oldest are left out first. */
function bounded(earlier: readonly EarlierKeys[]): EarlierKeys[] {
  const kept: EarlierKeys[] = [];
  const counts = { rotated: 0, replaced: 0 };
  let bytes = 0;
  for (const one of earlier) {
    counts[one.why] += 1;
    if (counts[one.why] > MAX_EARLIER) continue;
    bytes += Buffer.byteLength(JSON.stringify(one));
    if (bytes > MAX_EARLIER_BYTES) break;
    kept.push(one);
  }
  return kept;
}
