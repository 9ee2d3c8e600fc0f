/**
 * Who may come in, for what: carries out what a route says of itself, in the order in which it costs. First the share of
 * the address, then who asks, then their own share, then whether they may.
 */
import { isRid, parseRid, STATION_PATTERN } from '@enroute/shared/rid/rid.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { parseCookie } from 'cookie';
import type { Request, Response } from 'express';
import { type Actor, centerOf, centerSchema, maySeeCenter } from '../../people/person.ts';
import type { Access, Route } from '../route.ts';
import type { AuthenticateStage } from '../stages/stage-auth.ts';
import { requireCertificateOf } from '../stations/client-certificate.ts';
import { type AuthenticateStation, claimedBy, requireOwn, requireRight } from '../stations/station-auth.ts';
import { addressOf } from './counted-address.ts';
import type { RateLimits } from './rate-limits.ts';
import { requireOwnPage } from './same-site.ts';

export type Cookies = Readonly<Record<string, string | undefined>>;

/** @throws EnrouteError ENR-PPL-… (401) when nobody who is known asks. */
export type AuthenticatePerson = (
  cookies: Cookies,
  authorization: string | undefined,
  address: string,
) => Promise<{ readonly actor: Actor; readonly by: 'session' | 'service' }>;

export interface Doorkeepers {
  readonly limits: RateLimits;
  readonly authenticateStation: AuthenticateStation;
  readonly authenticatePerson: AuthenticatePerson;
  readonly authenticateStage: AuthenticateStage;
  /** Told of each station that was let in. */
  readonly noteSeen: (station: string) => Promise<void>;
}

/**
 * Lets the request in, and leaves in `response.locals` who it is: `station` (a card), `actor`, or the `desk` of a stage.
 * @throws EnrouteError ENR-WEB-008 when the share is spent, ENR-AUT-…, ENR-PPL-…, ENR-STG-009 or ENR-WEB-010 when it is not known who
 *   asks, ENR-AUT-005 to -007 or ENR-WEB-009 when they may not.
 */
export async function admit(route: Route, request: Request, response: Response, keepers: Doorkeepers): Promise<void> {
  const { access, rate } = route;
  const claimed = access.by === 'station' ? claimedBy(request.get('authorization')) : undefined;
  await keepers.limits.ask(rate, addressOf(request), claimed);
  if (access.by === 'station') return admitStation(access, rate, request, response, keepers);
  if (access.by === 'people') return admitPerson(access, rate, request, response, keepers);
  if (access.by === 'stage') return admitStage(rate, request, response, keepers);
}

type AccessOf<By extends Access['by']> = Extract<Access, { readonly by: By }>;

async function admitStation(
  { right }: AccessOf<'station'>,
  rate: Route['rate'],
  request: Request,
  response: Response,
  { limits, authenticateStation, noteSeen }: Doorkeepers,
): Promise<void> {
  const shown = await authenticateStation(request.get('authorization'));
  await limits.shown(rate, addressOf(request), shown.card.station);
  requireCertificateOf(shown.card.station, request.socket);
  // From here on the audit knows who it was, whatever becomes of it.
  response.locals.station = shown.card;
  requireRight(shown, right);
  requireOwn(shown, request.params);
  await noteSeen(shown.card.station);
}

async function admitPerson(
  { roles }: AccessOf<'people'>,
  rate: Route['rate'],
  request: Request,
  response: Response,
  { limits, authenticatePerson }: Doorkeepers,
): Promise<void> {
  const { actor, by } = await authenticatePerson(cookiesOf(request), request.get('authorization'), addressOf(request));
  await limits.shown(rate, addressOf(request), actor.id);
  response.locals.actor = actor;
  if (by === 'session') requireOwnPage(request);
  const hasRole = roles === 'signed-in' || roles.some((role) => actor.roles.includes(role));
  if (!hasRole) throw new EnrouteError('ENR-WEB-009', 'role');
  if (!isOfTheirCenters(actor, request.params)) throw new EnrouteError('ENR-WEB-009', 'center');
}

async function admitStage(
  rate: Route['rate'],
  request: Request,
  response: Response,
  { limits, authenticateStage }: Doorkeepers,
): Promise<void> {
  const desk = authenticateStage(request);
  await limits.shown(rate, addressOf(request), desk.declared.name);
  response.locals.desk = desk;
}

export function cookiesOf(request: Request): Cookies {
  return parseCookie(request.get('cookie') ?? '');
}

/** Of an address that names nothing they are all. */
function isOfTheirCenters(actor: Actor, params: Readonly<Record<string, unknown>>): boolean {
  const { station, center, rid } = params;
  const named = [
    station === undefined ? undefined : STATION_PATTERN.test(String(station)) && centerOf(String(station)),
    center === undefined ? undefined : centerSchema.safeParse(center).success && String(center),
    rid === undefined ? undefined : isRid(String(rid)) && centerOf(parseRid(String(rid)).station),
  ];
  return named.every(
    (one) => one === undefined || (one === false ? actor.centers === 'all' : maySeeCenter(actor, one)),
  );
}
