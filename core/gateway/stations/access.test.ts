import { newSigningKeyPair } from '@enroute/shared/crypto/keys.ts';
import { signStationToken } from '@enroute/sync/link/station-token.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { INVITED_ONLY } from '../../stations/station-entry.ts';
import type { Doc } from '../../store/store.ts';
import {
  afterAllOf,
  ask,
  metadata,
  NOW,
  newStation,
  OTHER_STATION,
  openTestGateway,
  registered,
  STATION,
  type TestGateway,
  type TestStation,
} from '../gateway.fixture.ts';

const OWN_RID = `${STATION}0000120260301100000`;
const DIGEST = 'a'.repeat(64);
const ID = `${OWN_RID}.${DIGEST.slice(0, 32)}`;

interface Route {
  readonly method: string;
  readonly path: (station: string) => string;
  readonly body?: unknown;
  readonly headers?: (station: string) => Record<string, string>;
  /** What a station that may gets for it here, where nothing was announced. */
  readonly allowed: number;
}

const routes: Record<string, Route> = {
  _bulk_docs: { method: 'POST', path: (s) => `channel-${s}/_bulk_docs`, body: { docs: [] }, allowed: 201 },
  _changes: { method: 'GET', path: (s) => `channel-${s}/_changes`, allowed: 200 },
  'creating an upload': {
    method: 'POST',
    path: () => 'uploads',
    headers: (s) => ({ 'tus-resumable': '1.0.0', 'upload-metadata': metadata(`${s}${OWN_RID.slice(10)}`, DIGEST) }),
    allowed: 409,
  },
  'asking for an upload': { method: 'HEAD', path: (s) => `uploads/${s}${ID.slice(10)}`, allowed: 409 },
  'sending bytes': { method: 'PATCH', path: (s) => `uploads/${s}${ID.slice(10)}`, allowed: 409 },
};

function call(gateway: TestGateway, route: Route, authorization: string | undefined, station = STATION) {
  const headers = { ...route.headers?.(station), ...(authorization === undefined ? {} : { authorization }) };
  return ask(gateway, undefined, route.method, route.path(station), { body: route.body, headers });
}

describe.each(Object.entries(routes))('the route for %s', (_name, route) => {
  let gateway: TestGateway;
  let station: TestStation;
  const atEnd = afterAllOf();
  beforeAll(async () => {
    gateway = await openTestGateway({ atEnd });
    station = await registered(gateway);
  });

  async function expectRefusal(authorization: string | undefined, status: number, code: string): Promise<void> {
    const answer = await call(gateway, route, authorization);
    expect(answer.status).toBe(status);
    if (route.method !== 'HEAD') expect(answer.json).toMatchObject({ error: code });
  }

  it('lets nobody in without a valid token', async () => {
    await expectRefusal(undefined, 401, 'ENR-AUT-001');
    await expectRefusal('Basic YTpi', 401, 'ENR-AUT-001');
    await expectRefusal('Bearer nonsense', 401, 'ENR-AUT-002');
    const forged = await signStationToken(STATION, newSigningKeyPair(), NOW);
    await expectRefusal(`Bearer ${forged}`, 401, 'ENR-AUT-002');
    await expectRefusal(await station.authorization(new Date(NOW.getTime() - 3_600_000)), 401, 'ENR-AUT-003');
    await expectRefusal(await station.authorization(new Date(NOW.getTime() + 3_600_000)), 401, 'ENR-AUT-003');
  });

  it('lets no station in that is not known or is suspended', async () => {
    await expectRefusal(await newStation(gateway, '9999999999').authorization(), 401, 'ENR-AUT-004');
    const suspended = await registered(gateway, '1000110079');
    const { stations } = gateway.databases;
    const doc = await stations.get(suspended.number);
    await stations.write([{ ...doc, _id: suspended.number, state: 'suspended' } as Doc]);
    await expectRefusal(await suspended.authorization(), 403, 'ENR-AUT-005');
  });

  it("keeps a station out of another station's channel and registrations", async () => {
    const other = await registered(gateway, OTHER_STATION);
    await expectRefusal(await other.authorization(), 403, 'ENR-AUT-006');
  });

  it('tells a station that is revoked that it is', async () => {
    const revoked = await registered(gateway, '1000110080');
    await gateway.register.change(revoked.number, (entry) => ({ ...INVITED_ONLY, ...entry, state: 'revoked' }));
    await expectRefusal(await revoked.authorization(), 403, 'ENR-AUT-007');
  });

  it('lets the station in that it belongs to', async () => {
    const answer = await call(gateway, route, await station.authorization());
    expect(answer.status).toBe(route.allowed);
  });
});

describe('the gateway', () => {
  it('says that it is up to everyone, and nothing else', async () => {
    const gateway = await openTestGateway();
    expect(await ask(gateway, undefined, 'GET', 'up')).toMatchObject({ status: 200, json: { ok: true } });
    for (const path of ['', 'stations', 'registrations', '_all_dbs', 'up/x', 'channels']) {
      expect(await ask(gateway, undefined, 'GET', path)).toMatchObject({ status: 404, json: { error: 'ENR-WEB-001' } });
    }
  });

  it('offers nothing of a channel but what replication needs', async () => {
    const gateway = await openTestGateway();
    const station = await registered(gateway);
    const tries = [
      ['PUT', '', 405],
      ['DELETE', '', 405],
      ['PUT', '/heartbeat', 405],
      ['POST', '/_find', 405],
      ['PUT', '/_bulk_docs', 405],
      ['POST', '/_all_docs', 405],
      ['GET', '/_all_docs', 404],
      ['GET', '/_design%2Fx', 404],
      ['GET', '/_design/x', 404],
      ['GET', '/_security', 404],
      ['PUT', '/_design/x', 404],
      ['GET', '/heartbeat/attachment', 404],
    ] as const;
    for (const [method, rest, status] of tries) {
      const answer = await ask(gateway, station, method, `channel-${STATION}${rest}`);
      const error = status === 404 ? 'ENR-WEB-001' : 'ENR-WEB-007';
      expect(answer, `${method} ${rest}`).toMatchObject({ status, json: { error } });
    }
  });

  it('sends the headers that keep browsers out of trouble, and does not say what it is made of', async () => {
    const { headers } = await ask(await openTestGateway(), undefined, 'GET', 'up');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('strict-transport-security')).toContain('max-age=');
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('notes that it has heard of a station, once in a while', async () => {
    let now = NOW;
    const gateway = await openTestGateway({ now: () => now });
    const station = await registered(gateway);
    const visit = async () =>
      ask(gateway, undefined, 'GET', `channel-${STATION}/_changes`, {
        headers: { authorization: await station.authorization(now) },
      });
    await visit();
    now = new Date(NOW.getTime() + 1_000);
    await visit();
    expect(await gateway.register.lastSeen()).toEqual(new Map([[STATION, NOW.toISOString()]]));
    now = new Date(NOW.getTime() + 6_000);
    await visit();
    expect(await gateway.register.lastSeen()).toEqual(new Map([[STATION, now.toISOString()]]));
    // Also when the core's clock was set right, back by an hour.
    now = new Date(NOW.getTime() - 3_600_000);
    await visit();
    expect(await gateway.register.lastSeen()).toEqual(new Map([[STATION, now.toISOString()]]));
  });
});
