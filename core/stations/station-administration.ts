/** What an administrator does with stations, at the page, by the API or on the command line: one act, one change. */
import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { CoreKeys } from '../keys.ts';
import {
  type InvitationTerms,
  invited,
  type MadeInvitation,
  makeInvitation,
  openInvitation,
  queuedPacketsOf,
  withdrawn,
  withoutOpenInvitation,
} from './invitations.ts';
import { hasSameKeys, movedTo, type QueuedPackets, type StationEntry } from './station-entry.ts';
import type { StationRegister } from './station-register.ts';
import type { StationState } from './station-rights.ts';

export interface KeyOfStation {
  readonly signingKeyId: string;
  readonly sealingKeyId: string;
  /** Null of the present ones. */
  readonly until: string | null;
  readonly why: 'present' | 'rotated' | 'replaced';
  /** What becomes of packets that were signed with it and come now. */
  readonly queuedPackets: QueuedPackets;
}

export interface StationTrust {
  readonly station: string;
  /** 'invited': it was never enrolled. */
  readonly state: StationState | 'invited';
  readonly since: string | null;
  readonly by: string | null;
  readonly card: StationCard | null;
  /** The present ones first. */
  readonly keys: readonly KeyOfStation[];
  /** While one is open. */
  readonly invitation?: { readonly expiresAt: string; readonly by: string };
}

export type InviteTerms = Pick<InvitationTerms, 'validHours' | 'queuedPackets'>;

export interface StationAdministration {
  /** Makes a one-time token, in place of one that is open. A station that is known is enrolled anew with it. */
  invite(station: string, by: string, terms?: InviteTerms): Promise<Omit<MadeInvitation, 'invitation'>>;
  /** Takes the open token back; without one nothing happens. @throws EnrouteError ENR-AUT-004 */
  withdraw(station: string): Promise<void>;
  /** Also takes an open token back: it would let the station in again. @throws EnrouteError ENR-AUT-004, ENR-TRU-008 */
  suspend(station: string, by: string): Promise<void>;
  /** @throws EnrouteError ENR-AUT-004, ENR-TRU-008 */
  reinstate(station: string, by: string): Promise<void>;
  /** Also takes an open token back. @throws EnrouteError ENR-AUT-004, ENR-TRU-008 */
  revoke(station: string, by: string, queuedPackets: QueuedPackets): Promise<void>;
  /** Replaces the people in a station's card. @throws EnrouteError ENR-AUT-004, ENR-TRU-009 */
  replaceCard(card: StationCard): Promise<void>;
  /** @throws EnrouteError ENR-AUT-004 */
  describe(station: string): Promise<StationTrust>;
}

export interface AdministrationOptions {
  readonly register: StationRegister;
  readonly keys: Pick<CoreKeys, 'signing'>;
  /** What tokens say of the gateway. */
  readonly gateway: Pick<InvitationTerms, 'url' | 'ca'>;
  /** How long an invitation is good for, unless it is said. */
  readonly invitationHours?: number | undefined;
  readonly now: () => Date;
  readonly random?: (bytes: number) => Uint8Array;
}

export function openStationAdministration(options: AdministrationOptions): StationAdministration {
  const { register, keys, gateway, invitationHours: validHours, now, random } = options;

  async function changeKnown(station: string, act: (entry: StationEntry) => StationEntry): Promise<void> {
    await register.change(station, (entry) => {
      if (!entry?.card) throw new EnrouteError('ENR-AUT-004', station);
      return act(entry);
    });
  }

  return {
    invite: async (station, by, terms = {}) => {
      const act = { by, at: now() };
      const core = publicKeyOf(keys.signing);
      let made: MadeInvitation | undefined;
      await register.change(station, (entry) => {
        const queuedPackets = terms.queuedPackets ?? queuedPacketsOf(entry);
        const { url, ca } = gateway;
        made = makeInvitation(
          station,
          { url, ca, ...terms, validHours: terms.validHours ?? validHours, core },
          queuedPackets,
          act,
          random,
        );
        return invited(entry, made.invitation);
      });
      if (!made) throw new Error('The register has changed an entry without asking how.');
      const { token, expiresAt } = made;
      return { token, expiresAt };
    },
    withdraw: async (station) => {
      await register.change(station, (entry) => {
        if (!entry) throw new EnrouteError('ENR-AUT-004', station);
        return entry.invitation ? withdrawn(entry) : entry;
      });
    },
    suspend: (station, by) =>
      changeKnown(station, (entry) => withoutOpenInvitation(movedTo(entry, 'suspended', { by, at: now() }))),
    reinstate: (station, by) => changeKnown(station, (entry) => movedTo(entry, 'active', { by, at: now() })),
    revoke: (station, by, queuedPackets) => {
      const state = queuedPackets === 'accept' ? 'draining' : 'revoked';
      return changeKnown(station, (entry) => {
        const moved = movedTo(entry, state, { by, at: now() });
        return moved.invitation ? withdrawn(moved) : moved;
      });
    },
    replaceCard: (card) =>
      changeKnown(card.station, (entry) => {
        if (!entry.card || !hasSameKeys(entry.card, card)) throw new EnrouteError('ENR-TRU-009', card.station);
        return { ...entry, card };
      }),
    describe: async (station) => {
      const entry = await register.entry(station);
      if (!entry) throw new EnrouteError('ENR-AUT-004', station);
      return trustOf(station, entry, now());
    },
  };
}

function trustOf(station: string, entry: StationEntry, now: Date): StationTrust {
  const { card = null, since = null, by = null } = entry;
  const open = openInvitation(entry, now);
  return {
    station,
    state: card ? entry.state : 'invited',
    since,
    by,
    card,
    keys: keysOf(entry),
    ...(open ? { invitation: { expiresAt: open.expiresAt, by: open.by } } : {}),
  };
}

function keysOf({ card, earlier, state }: StationEntry): KeyOfStation[] {
  const ids = (one: StationCard) => ({ signingKeyId: one.signingKey.keyId, sealingKeyId: one.sealingKey.keyId });
  const before = earlier.map((one) => ({
    ...ids(one.card),
    until: one.until,
    why: one.why,
    queuedPackets: one.queuedPackets,
  }));
  if (!card) return before;
  const queuedPackets = state === 'revoked' ? 'refuse' : 'accept';
  return [{ ...ids(card), until: null, why: 'present', queuedPackets }, ...before];
}
