/**
 * The one place where a station's request is authenticated, and where it is held to its own channel. Whatever is behind
 * it knows which station is asking.
 */
import { parseRid } from '@enroute/shared/rid/rid.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { claimedStation, verifyStationToken } from '@enroute/sync/link/station-token.ts';
import { ridOfUpload } from '@enroute/sync/upload/upload-id.ts';
import type { Response } from 'express';
import type { RegisteredStation, StationRegister } from '../../stations/station-register.ts';
import { hasRight, type StationRight } from '../../stations/station-rights.ts';

const BEARER = /^Bearer ([A-Za-z0-9._-]{1,2048})$/;

/** @throws EnrouteError ENR-AUT-001 without a token, ENR-AUT-002 to -004 when it is not a registered station's. */
export type AuthenticateStation = (authorization: string | undefined) => Promise<RegisteredStation>;

/** The station that a request says it comes from, before anything of it was verified. */
export function claimedBy(authorization: string | undefined): string | undefined {
  const token = BEARER.exec(authorization ?? '')?.[1];
  return token === undefined ? undefined : claimedStation(token);
}

export function authenticateStation(register: Pick<StationRegister, 'get'>, now: () => Date): AuthenticateStation {
  return async (authorization) => {
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (!token) throw new EnrouteError('ENR-AUT-001');
    const claimed = claimedStation(token);
    if (!claimed) throw new EnrouteError('ENR-AUT-002');
    const registered = await register.get(claimed);
    await verifyStationToken(token, claimed, registered.card.signingKey, now());
    return registered;
  };
}

/**
 * Told to the station itself only.
 * @throws EnrouteError ENR-AUT-005 when it is suspended, ENR-AUT-007 when it is revoked or on its way out.
 */
export function requireRight({ card, state }: RegisteredStation, right: StationRight): void {
  if (hasRight(state, right)) return;
  throw new EnrouteError(state === 'suspended' ? 'ENR-AUT-005' : 'ENR-AUT-007', card.station);
}

/**
 * For a request that lasts: whether the station would be let in now as it was when it began.
 * @throws EnrouteError ENR-AUT-002 when it has another key by now, ENR-AUT-004 when it is not known, ENR-AUT-005 or -007
 *   when it has lost the right.
 */
export async function requireStillAdmitted(
  register: StationRegister,
  { station, signingKey }: StationCard,
  right: StationRight = 'receive',
): Promise<void> {
  const registered = await register.get(station);
  if (registered.card.signingKey.keyId !== signingKey.keyId) throw new EnrouteError('ENR-AUT-002', 'another key');
  requireRight(registered, right);
}

/** The station that was authenticated for this request. */
export function stationOf(response: Response): StationCard {
  const card: StationCard | undefined = response.locals.station;
  if (!card) throw new Error('The route is not behind authenticateStation.');
  return card;
}

/**
 * Holds a station to what is its own, as far as the address names it: the number of the channel, the RID of the upload.
 * @throws EnrouteError ENR-AUT-006 when it is another station's, ENR-WEB-001 when the address is none of an upload.
 */
export function requireOwn({ card }: RegisteredStation, params: Readonly<Record<string, unknown>>): void {
  if (params.station !== undefined && params.station !== card.station) throw new EnrouteError('ENR-AUT-006');
  if (params.id === undefined) return;
  const rid = ridOfUpload(String(params.id));
  if (!rid) throw new EnrouteError('ENR-WEB-001');
  if (parseRid(rid).station !== card.station) throw new EnrouteError('ENR-AUT-006');
}

/** @throws EnrouteError ENR-AUT-006 when the registration is another station's. */
export function ownRegistrationOnly(response: Response, rid: string): void {
  if (parseRid(rid).station !== stationOf(response).station) throw new EnrouteError('ENR-AUT-006');
}
