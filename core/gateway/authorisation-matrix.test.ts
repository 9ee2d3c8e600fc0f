/**
 * Every route of the gateway, asked for by everybody there is, at what is theirs and at what is not. What is expected
 * follows from what the route says of itself alone, so a route that is added is in the matrix, and one that says the
 * wrong thing shows in the list of what each role may.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../people/person.ts';
import { answerKeys } from '../pipeline/country/answer-keys.ts';
import { signMessage } from '../pipeline/country/message-signature.ts';
import { INVITED_ONLY } from '../stations/station-entry.ts';
import { hasRight, STATION_STATES, type StationState } from '../stations/station-rights.ts';
import { gatewayRoutes } from './app.ts';
import { openRateLimits, type RateSettings } from './door/rate-limits.ts';
import { afterAllOf, NOW, openTestGateway, registered, type TestGateway } from './gateway.fixture.ts';
import type { Access, Route } from './route.ts';
import type { StageAnswersOptions } from './stages/answer-routes.ts';

/** The centers of a supervisor's own, and of another's. */
const PLACES = ['own', 'foreign'] as const;
type Place = (typeof PLACES)[number];
const CENTERS: Readonly<Record<Place, string>> = { own: '10001', foreign: '10002' };
const MACHINES: Readonly<Record<StationState, string>> = {
  active: '10001',
  suspended: '10002',
  draining: '10003',
  revoked: '10004',
};
const ANOTHER_MACHINE = '10009';
const PASSWORD = 'four words that do not belong';
/** Stages whose services may answer later. */
const STAGES = ['citizenship', 'civil-register'] as const;
const PLENTY = { requests: 1_000_000, seconds: 60 };
const NO_LIMITS = Object.fromEntries(
  ['anyone', 'health', 'sign-in', 'enrolment', 'station', 'upload', 'people', 'stage'].map((rate) => [
    rate,
    { address: PLENTY, own: PLENTY },
  ]),
) as unknown as RateSettings;

/** By these the door itself refuses; what a route answers to whom it was let in is another matter. */
const REFUSED_AT_THE_DOOR = /^ENR-(?:AUT-00[1-7]|PPL-00[45]|STG-009|WEB-009|WEB-010)$/;

/** What each may, as people agreed on it: a route that says otherwise must be written here, too. */
const GIVEN = {
  administrator: [
    'DELETE /api/services/:service',
    'DELETE /api/stations/:station/invitations',
    'DELETE /api/stations/:station/suspension',
    'POST /api/people',
    'POST /api/people/:person/link',
    'POST /api/services',
    'POST /api/stations/:station/invitations',
    'PUT /api/people/:person',
    'PUT /api/stations/:station/card',
    'PUT /api/stations/:station/revocation',
    'PUT /api/stations/:station/suspension',
  ],
  'administrator, auditor': ['GET /api/audit', 'GET /api/audit/verification', 'GET /api/people', 'GET /api/services'],
  'administrator, operations': [
    'DELETE /api/pause-rules/:rule',
    'POST /api/dead-letters/:rid/resume',
    'POST /api/pause-rules/previews',
    'POST /api/registrations/:rid/actions',
    'POST /api/registrations/actions',
    'POST /api/registrations/previews',
    'PUT /api/pause-rules/:rule',
  ],
  'administrator, operations, auditor': [
    'GET /api/conservation',
    'GET /api/dead-letters',
    'GET /api/pause-rules',
    'GET /api/pipeline',
    'GET /api/registrations/actions/:order',
    'GET /metrics',
  ],
  'administrator, operations, supervisor, auditor': [
    'GET /api/registrations/:rid',
    'GET /api/stations',
    'GET /api/stations/:station',
    'GET /api/stations/live',
    'POST /api/registrations/selections',
  ],
  'the service of the stage': ['POST /stages/:stage/answers'],
  'signed-in': [
    'DELETE /api/session',
    'DELETE /api/session/second-factor',
    'GET /api/session',
    'POST /api/session/second-factor',
    'PUT /api/session/password',
    'PUT /api/session/second-factor',
  ],
  'the right to announce, at its own channel': [
    'POST /channel-:station/_bulk_docs',
    'POST /channel-:station/_ensure_full_commit',
    'POST /channel-:station/_revs_diff',
  ],
  'the right to deliver, at its own upload': ['HEAD /uploads/:id', 'PATCH /uploads/:id', 'POST /uploads'],
  'the right to keys, at its own channel': ['PUT /channel-:station/keys'],
  'the right to receive, at its own channel': [
    'GET /channel-:station',
    'GET /channel-:station/',
    'GET /channel-:station/:document',
    'GET /channel-:station/_changes',
    'GET /channel-:station/_local/:checkpoint',
    'POST /channel-:station/_bulk_get',
    'PUT /channel-:station/_local/:checkpoint',
  ],
};

interface Asker {
  readonly name: string;
  headers(route: Route): Promise<Record<string, string>>;
  /** Whether the door lets them in there. */
  mayEnter(route: Route, place: Place): boolean;
  /** The station that they are, for addresses that name one. */
  readonly station?: string;
}

const nobody: Asker = { name: 'nobody', headers: async () => ({}), mayEnter: ({ access }) => access.by === 'anyone' };

let gateway: TestGateway;
let askers: readonly Asker[];
let routes: readonly Route[];

const atEnd = afterAllOf();
beforeAll(async () => {
  gateway = await openTestGateway({ door: { limits: openRateLimits(NO_LIMITS), stages: stageAnswers() }, atEnd });
  routes = gatewayRoutes(gateway.options);
  const stations = await Promise.all(STATION_STATES.map(stationIn));
  const people = await Promise.all(ROLES.map((role) => personWith(role)));
  const others = [...(await Promise.all(services())), ...STAGES.map(serviceOf)];
  askers = [nobody, ...stations, ...people, await personWith('supervisor', 'all'), ...others];
});

async function stationIn(state: StationState): Promise<Asker> {
  const number = `${CENTERS.own}${MACHINES[state]}`;
  const station = await registered(gateway, number);
  await gateway.register.change(number, (entry) => ({ ...INVITED_ONLY, ...entry, state }));
  return {
    name: `a station that is ${state}`,
    station: number,
    headers: async () => ({ authorization: await station.authorization() }),
    mayEnter: ({ access, path }, place) => {
      if (access.by !== 'station') return access.by === 'anyone';
      return hasRight(state, access.right) && (place === 'own' || !namesStation(access, path));
    },
  };
}

/** Whether the address says whose it is. */
function namesStation(access: Access, path: string): boolean {
  return access.by === 'station' && /:(?:station|id)/.test(path);
}

async function personWith(role: Role, centers: 'all' | 'own' = 'own'): Promise<Asker> {
  const id = `${role}-${centers}`;
  const given = { roles: [role], centers: centers === 'all' ? ('all' as const) : [CENTERS.own] };
  const { link } = await gateway.people.administration.create(id, given);
  const headers = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
  const post = async (method: string, path: string, body: object, cookie = ''): Promise<string> => {
    const request = { method, headers: { ...headers, cookie }, body: JSON.stringify(body) };
    const answer = await fetch(new URL(path, gateway.url), request);
    expect(answer.status).toBe(200);
    return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  };
  const byLink = await post('POST', 'api/session/link', { link });
  await post('PUT', 'api/session/password', { to: PASSWORD }, byLink);
  const enter = async () => ({ ...headers, cookie: await post('POST', 'api/session', { id, password: PASSWORD }) });
  const entered = await enter();
  return {
    name: `${role} of ${centers} centers`,
    // Anew for what ends the session.
    headers: ({ method, path }) =>
      method === 'DELETE' && path === '/api/session' ? enter() : Promise.resolve(entered),
    mayEnter: (route, place) => mayEnter(route, place, role, centers),
  };
}

function services(): Promise<Asker>[] {
  return (['operations', 'auditor', 'supervisor'] as const).map(async (role) => {
    const given = { roles: [role], centers: [CENTERS.own] };
    const { secret } = await gateway.people.services.create(`service-${role}`, given, 30);
    return {
      name: `a service as ${role}`,
      headers: async () => ({ authorization: `Bearer ${secret}` }),
      mayEnter: (route: Route, place: Place) => mayEnter(route, place, role, 'own'),
    };
  });
}

/** The service of the stage signs for its own address, and for any other that it is sent to. */
function serviceOf(stage: string): Asker {
  return {
    name: `the service of ${stage}`,
    headers: async ({ method, path }) => {
      const message = { method, target: path.replace(':stage', STAGES[0]) };
      const signer = { keyId: stage, secret: secretOf(stage), tag: 'enroute-answer' as const };
      return { ...signMessage(message, new Uint8Array(), signer, NOW) };
    },
    mayEnter: ({ access }) => access.by === 'anyone' || (access.by === 'stage' && stage === STAGES[0]),
  };
}

function secretOf(stage: string): string {
  return `the secret that the core shares with ${stage}`;
}

function stageAnswers(): StageAnswersOptions {
  const declaring = (name: string) => ({
    name,
    branches: new Set<string>(),
    facts: new Set<string>(),
    codes: new Map(),
  });
  return {
    desks: new Map(STAGES.map((name) => [name, { declared: declaring(name), secret: secretOf(name) }])),
    keys: answerKeys(new Uint8Array(32)),
    send: async () => undefined,
    now: () => NOW,
  };
}

const BOUND_TO_CENTERS: readonly Role[] = ['supervisor', 'adjudicator'];

function mayEnter({ access, path }: Route, place: Place, role: Role, centers: 'all' | 'own'): boolean {
  if (access.by !== 'people') return access.by === 'anyone';
  if (access.roles !== 'signed-in' && !access.roles.includes(role)) return false;
  const isBound = BOUND_TO_CENTERS.includes(role) && centers === 'own';
  return !isBound || place === 'own' || !/:(?:station|center|rid)/.test(path);
}

/** Where the address says nothing of whose it is, there is one place. */
function placesIn({ path }: Route): readonly Place[] {
  return /:(?:station|center|rid|id)/.test(path) ? PLACES : ['own'];
}

/** The address with something in each of its places that is there, or could be. */
function addressOf({ path, access }: Route, place: Place, station: string | undefined): string {
  const machine = `${CENTERS[place]}${ANOTHER_MACHINE}`;
  // A station's own is its own alone, whatever the center.
  const number = access.by === 'station' && place === 'own' && station !== undefined ? station : machine;
  const rid = `${number}0000120260301100000`;
  const places: Readonly<Record<string, string>> = {
    ':station': number,
    ':center': CENTERS[place],
    ':rid': rid,
    ':stage': STAGES[0],
    ':id': `${rid}.${'a'.repeat(32)}`,
    '*file': 'app.js',
  };
  return path.replace(/[:*][a-z]+/g, (name) => places[name] ?? 'nothing');
}

interface Heard {
  readonly status: number;
  readonly code: string | undefined;
}

async function askFor(route: Route, address: string, headers: Record<string, string>): Promise<Heard> {
  const enough = new AbortController();
  const { method } = route;
  const answer = await fetch(new URL(address, gateway.url), {
    method,
    headers,
    redirect: 'manual',
    signal: enough.signal,
  });
  const { status } = answer;
  const told = status >= 400 && method !== 'HEAD' ? ((await answer.json()) as { error?: string }).error : undefined;
  // Live events do not end by themselves.
  enough.abort();
  return { status, code: told };
}

function isLetIn({ status, code }: Heard): boolean {
  if (status === 401 || status === 403) return code !== undefined && !REFUSED_AT_THE_DOOR.test(code);
  return true;
}

describe('the matrix of who may what', () => {
  it('lets in whom each route names, and nobody else, at what is theirs and nowhere else', async () => {
    const wrong: string[] = [];
    for (const route of routes) {
      const asking = askers.flatMap((asker) =>
        placesIn(route).map(async (place) => {
          const address = addressOf(route, place, asker.station);
          const heard = await askFor(route, address, await asker.headers(route));
          const may = asker.mayEnter(route, place);
          if (isLetIn(heard) === may) return;
          const { status, code } = heard;
          wrong.push(`${route.method} ${address}: ${asker.name} ${may ? 'may' : 'may not'}, got ${status} ${code}`);
        }),
      );
      await Promise.all(asking);
    }
    expect(wrong).toEqual([]);
  });

  it('tells whoever is not let in with 401 to show who they are, and with 403 that it is not for them', async () => {
    for (const route of routes.filter(({ access }) => access.by !== 'anyone')) {
      const unknown = await askFor(route, addressOf(route, 'own', undefined), {});
      expect(unknown.status, `${route.method} ${route.path}`).toBe(401);
    }
  });
});

describe('the table of routes', () => {
  it('says of everything that people change what it is called in the audit', () => {
    const silent = routes.filter(
      (route) =>
        route.access.by === 'people' &&
        route.method !== 'GET' &&
        route.method !== 'HEAD' &&
        (route.kind !== 'json' || route.act === undefined),
    );
    expect(silent.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  it('is all that Express knows of', () => {
    const known = new Set(routes.map(({ path }) => path));
    const strangers: string[] = [];
    for (const layer of gateway.app.router.stack) {
      // What stands before and behind the routes sees every request; whatever is bound to an address is a route.
      const isBound = !('slash' in layer && layer.slash === true);
      const isRouter = 'stack' in layer.handle;
      if (layer.route ? !known.has(layer.route.path) : isBound || isRouter)
        strangers.push(layer.route?.path ?? layer.name);
    }
    expect(strangers).toEqual([]);
    expect(gateway.app.router.stack.filter(({ route }) => route)).toHaveLength(known.size);
  });

  it('gives to roles, and to rights of stations, what is written here and no more', () => {
    const named = routes.flatMap(({ access, method, path }) => {
      if (access.by === 'anyone') return [];
      if (access.by === 'stage') return [{ to: 'the service of the stage', what: `${method} ${path}` }];
      const to = access.by === 'station' ? `the right to ${access.right}, at its own ${access.own}` : access.roles;
      return [{ to: typeof to === 'string' ? to : to.join(', '), what: `${method} ${path}` }];
    });
    const given = Object.entries(Object.groupBy(named, ({ to }) => to));
    expect(Object.fromEntries(given.map(([to, all = []]) => [to, all.map(({ what }) => what).sort()]))).toEqual(GIVEN);
  });

  it('opens to everyone what nobody has to be known for, and no more', () => {
    const open = routes.filter(({ access }) => access.by === 'anyone').map(({ method, path }) => `${method} ${path}`);
    expect(open.sort()).toEqual([
      'GET /console',
      'GET /console/*file',
      'GET /ready',
      'GET /up',
      'POST /api/session',
      'POST /api/session/link',
      'POST /enrolments',
    ]);
  });
});
