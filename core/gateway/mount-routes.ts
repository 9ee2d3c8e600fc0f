/**
 * Puts the table of routes behind the door. Nothing else touches Express's router, so what a route says of itself (who may
 * come in, how often, with what) is what happens, in this order: a name for the request, the share of who asks, who they
 * are, whether they may, the body, the audit that it begins, the answer, the audit of what came of it, and only then the
 * sending.
 */
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Express, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { Audit, AuditNote } from '../audit/audit.ts';
import { audited, codeOf } from '../audit/audited.ts';
import type { Actor } from '../people/person.ts';
import { admit, cookiesOf, type Doorkeepers } from './door/admit.ts';
import { limitSlowBody } from './door/body-deadline.ts';
import { addressOf } from './door/counted-address.ts';
import { discardRest } from './door/discard-rest.ts';
import { expectForm, jsonReader, refuseBody } from './door/json-body.ts';
import { answerErrors, notFound, RefusalWithHeaders } from './door/refuse.ts';
import { REQUEST_ID_HEADER, requestIdOf, withRequestId } from './door/request-id.ts';
import { securityHeaders } from './door/security-headers.ts';
import { namedThing } from './named-thing.ts';
import type { Answer, Asked, JsonRoute, Route } from './route.ts';

export interface MountOptions extends Doorkeepers {
  /** For the audit; durable when it resolves. */
  readonly noteAct: Audit['note'];
  readonly log: Logger;
}

const DEFAULT_BODY_BYTES = 64 * 1024;

export function mountRoutes(app: Express, routes: readonly Route[], options: MountOptions): void {
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.use(nameRequest(app));
  app.use(discardRest());
  for (const [path, ofPath] of byPath(routes)) {
    const mounted = app.route(path);
    requireOnce(ofPath);
    for (const route of ofPath) mounted[METHODS[route.method]](handlerOf(route, options));
    mounted.all(...toPeople, ask(options), methodNotAllowed(ofPath));
  }
  app.use(...toPeople, ask(options), notFound);
  app.use(answerErrors(options.log));
}

const METHODS = {
  GET: 'get',
  HEAD: 'head',
  POST: 'post',
  PUT: 'put',
  PATCH: 'patch',
  DELETE: 'delete',
} as const satisfies Record<Route['method'], string>;

/** Addresses that are spelt out before those with a part that may be anything, so that none hides another. */
function byPath(routes: readonly Route[]): [string, Route[]][] {
  const generality = (path: string): string => path.replace(/[^/]*[:*][^/]*/g, '~');
  return [...Map.groupBy(routes, ({ path }) => path)].sort(([one], [other]) =>
    generality(one) < generality(other) ? -1 : 1,
  );
}

/** Of two routes for the same thing the second would never be asked, whatever guards it names. */
function requireOnce(ofPath: readonly Route[]): void {
  const methods = new Set(ofPath.map(({ method }) => method));
  if (methods.size < ofPath.length) throw new Error(`Two routes for ${ofPath[0]?.path}`);
}

/** What `Allow` says of an address. Whatever can be got can be asked for without its body. */
function methodsOf(routes: readonly Route[]): string {
  const methods = new Set<string>(routes.map(({ method }) => method));
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort().join(', ');
}

function nameRequest(app: Express): RequestHandler {
  const isTrusted: (address: string | undefined, hops: number) => boolean = app.get('trust proxy fn');
  return (request, response, next) => {
    const requestId = requestIdOf(request, isTrusted(request.socket.remoteAddress, 0));
    response.locals.requestId = requestId;
    withRequestId(requestId, next);
  };
}

const tellRequestId: RequestHandler = (_request, response, next) => {
  response.set(REQUEST_ID_HEADER, response.locals.requestId);
  next();
};

/** Over a slow link these headers cost more than the answer, so stations get none. */
const toPeople: readonly RequestHandler[] = [securityHeaders(), tellRequestId];

function ask({ limits }: MountOptions): RequestHandler {
  return async (request, _response, next) => {
    await limits.ask('anyone', addressOf(request));
    next();
  };
}

function methodNotAllowed(routes: readonly Route[]): RequestHandler {
  const allow = methodsOf(routes);
  return () => {
    throw new RefusalWithHeaders('ENR-WEB-007', { Allow: allow });
  };
}

function handlerOf(route: Route, options: MountOptions): RequestHandler[] {
  const handle = route.kind === 'json' ? answerJson(route, options) : route.handle;
  const enter: RequestHandler = async (request, response) => {
    // Of an upload it is the station that watches whether bytes move; it may be as slow as a person wants it.
    if (route.rate !== 'upload') limitSlowBody(request, response);
    try {
      await admit(route, request, response, options);
    } catch (error) {
      if (route.kind === 'json') await noteRefusal(route, request, response, options, error);
      throw error;
    }
    await handle(request, response);
  };
  return route.access.by === 'station' ? [enter] : [...toPeople, enter];
}

function answerJson(route: JsonRoute, options: MountOptions): (request: Request, response: Response) => Promise<void> {
  const { body: schema } = route;
  const read = jsonReader(route.maxBodyBytes ?? DEFAULT_BODY_BYTES);
  const bodyOf = async (request: Request, response: Response): Promise<unknown> => {
    if (!schema) refuseBody(request);
    return schema ? expectForm(schema, await read(request, response)) : undefined;
  };
  return async (request, response) => {
    let body: unknown;
    try {
      body = await bodyOf(request, response);
    } catch (error) {
      await noteRefusal(route, request, response, options, error);
      throw error;
    }
    const asked: Asked = {
      params: request.params as Record<string, string>,
      query: request.query,
      body,
      actor: actorOf(response),
      address: addressOf(request),
      requestId: response.locals.requestId,
      cookies: cookiesOf(request),
    };
    try {
      send(response, await answerNoted(route, asked, whoOf(response), options.noteAct));
    } catch (error) {
      throw route.access.by === 'people' ? asToldToPeople(error) : error;
    }
  };
}

/** Whoever is known is noted before and after. Nobody who is not, or anybody could fill the audit: only what was done. */
async function answerNoted(
  { act, about, answer, notedOfAnyone = [] }: JsonRoute,
  asked: Asked,
  by: string | undefined,
  note: Audit['note'],
): Promise<Answer> {
  if (act === undefined) return answer(asked);
  const { address, requestId } = asked;
  const done = about?.(asked.body) ?? namedThing(asked.params);
  const noted = { by: by ?? 'anyone', act, done, address, requestId };
  if (by !== undefined)
    return audited(
      { note },
      noted,
      () => answer(asked),
      (answered) => answered.done,
    );
  try {
    const answered = await answer(asked);
    await note({ ...noted, done: answered.done ?? done, outcome: 'done' });
    return answered;
  } catch (error) {
    if (notedOfAnyone.includes(codeOf(error))) await note({ ...noted, outcome: codeOf(error) });
    throw error;
  }
}

/** That a station is not known is 401 to that station itself; to people it is that what they ask for is not there. */
function asToldToPeople(error: unknown): unknown {
  const isUnknown = error instanceof EnrouteError && error.code === 'ENR-AUT-004';
  return isUnknown ? new RefusalWithHeaders(error.code, {}, 404) : error;
}

function actorOf(response: Response): Actor | undefined {
  return response.locals.actor;
}

/** As the audit names them; undefined as long as it is not known. */
function whoOf(response: Response): string | undefined {
  const station: StationCard | undefined = response.locals.station;
  return station ? `station:${station.station}` : actorOf(response)?.id;
}

/** What somebody was refused before it began stands in the audit, too, once it is known who it was. */
async function noteRefusal(
  { act }: JsonRoute,
  request: Request,
  response: Response,
  { noteAct }: MountOptions,
  error: unknown,
): Promise<void> {
  const by = whoOf(response);
  if (act === undefined || by === undefined) return;
  const note: AuditNote = {
    by,
    act,
    done: namedThing(request.params),
    outcome: codeOf(error),
    address: addressOf(request),
    requestId: response.locals.requestId,
  };
  await noteAct(note);
}

function send(response: Response, { status, body, headers = {} }: Answer): void {
  response.set('Cache-Control', 'no-store');
  for (const [name, value] of Object.entries(headers))
    response.set(name, typeof value === 'string' ? value : [...value]);
  if (body === undefined) response.status(status ?? 204).end();
  else response.status(status ?? 200).json(body);
}
