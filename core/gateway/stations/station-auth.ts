/**
 * The one place where a station's request is authenticated, and where it is held to its own channel. Whatever is behind
 * it knows which station is asking.
 */
import { parseRid } from '@enroute/shared/rid/rid.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { claimedStation, verifyStationToken } from '@enroute/sync/link/station-token.ts';
import type { Request, RequestHandler, Response } from 'express';
import type { StationRegister } from '../../stations/station-register.ts';

const BEARER = /^Bearer ([A-Za-z0-9._-]{1,2048})$/;

export function authenticateStation(register: StationRegister, now: () => Date): RequestHandler {
  return async (request, response, next) => {
    const token = BEARER.exec(request.get('authorization') ?? '')?.[1];
    if (!token) throw new EnrouteError('ENR-AUT-001');
    const claimed = claimedStation(token);
    if (!claimed) throw new EnrouteError('ENR-AUT-002');
    const { card, suspended } = await register.get(claimed);
    await verifyStationToken(token, claimed, card.signingKey, now());
    // Told to the station itself only.
    if (suspended) throw new EnrouteError('ENR-AUT-005', claimed);
    response.locals.station = card;
    await register.noteSeen(claimed);
    next();
  };
}

/**
 * For a request that lasts: whether the station would be let in now as it was when it began.
 * @throws EnrouteError ENR-AUT-002 when it has another key by now, ENR-AUT-004 when it is not known, ENR-AUT-005 when it is
 *   suspended.
 */
export async function requireStillAdmitted(
  register: StationRegister,
  { station, signingKey }: StationCard,
): Promise<void> {
  const { card, suspended } = await register.get(station);
  if (card.signingKey.keyId !== signingKey.keyId) throw new EnrouteError('ENR-AUT-002', 'another key');
  if (suspended) throw new EnrouteError('ENR-AUT-005', station);
}

/** The station that was authenticated for this request. */
export function stationOf(response: Response): StationCard {
  const card: StationCard | undefined = response.locals.station;
  if (!card) throw new Error('The route is not behind authenticateStation.');
  return card;
}

/** Guards `/channel-:station/…`. */
export const ownChannelOnly: RequestHandler = (request: Request, response, next) => {
  if (request.params.station !== stationOf(response).station) throw new EnrouteError('ENR-AUT-006');
  next();
};

/** @throws EnrouteError ENR-AUT-006 when the registration is another station's. */
export function ownRegistrationOnly(response: Response, rid: string): void {
  if (parseRid(rid).station !== stationOf(response).station) throw new EnrouteError('ENR-AUT-006');
}
