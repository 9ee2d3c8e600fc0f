/** Stations that come from one address, through a door with the limits that it has by itself. */
import express from 'express';
import { Pool } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { captureLog, NOW, newCoreKeys, newStation, OTHER_STATION, STATION } from '../gateway.fixture.ts';
import { mountRoutes } from '../mount-routes.ts';
import type { StreamRoute } from '../route.ts';
import { authenticateStation } from '../stations/station-auth.ts';
import { type GatewayServer, listen } from './gateway-server.ts';
import { DEFAULT_RATES, openRateLimits } from './rate-limits.ts';

const PACKETS = 500;
const AT_ONCE = 8;
const ADDRESS = '127.0.0.1';
const { requests: SHARE_OF_ADDRESS } = DEFAULT_RATES.station.address;

const core = { keys: newCoreKeys('first') };
const one = newStation(core, STATION);
const other = newStation(core, OTHER_STATION);
const cards = new Map([one, other].map(({ number, card }) => [number, card]));
const limits = openRateLimits();
let pool: Pool;
let server: GatewayServer;

/** What a station asks for, behind which nothing is done. */
function route(method: StreamRoute['method'], path: string, rate: StreamRoute['rate']): StreamRoute {
  const access = { by: 'station', right: 'announce', own: 'itself' } as const;
  const handle: StreamRoute['handle'] = (request, response) => {
    request.resume();
    response.status(204).end();
  };
  return { kind: 'stream', method, path, access, rate, handle };
}

beforeAll(async () => {
  const log = captureLog([]);
  const app = express();
  const register = {
    get: async (station: string) => {
      const card = cards.get(station);
      if (!card) throw new Error(`no station ${station}`);
      return { card, state: 'active' as const };
    },
  };
  const routes = [
    route('POST', '/announce', 'station'),
    route('HEAD', '/upload', 'upload'),
    route('POST', '/upload', 'upload'),
    route('PATCH', '/upload', 'upload'),
  ];
  mountRoutes(app, routes, {
    limits,
    authenticateStation: authenticateStation(register, () => NOW),
    authenticatePerson: () => Promise.reject(new Error('no people here')),
    authenticateStage: () => {
      throw new Error('no stages here');
    },
    noteSeen: async () => undefined,
    noteAct: async () => undefined,
    log,
  });
  server = await listen(app, { host: ADDRESS, port: 0, log });
  pool = new Pool(server.url, { connections: AT_ONCE });
});

afterAll(async () => {
  await pool.destroy();
  await server.close(async () => undefined);
});

async function ask(method: 'POST' | 'HEAD' | 'PATCH', path: string, authorization: string): Promise<number> {
  const { statusCode, body } = await pool.request({ method, path, headers: { authorization } });
  await body.dump();
  return statusCode;
}

describe('the door', () => {
  it('takes the replay of a station after an outage: 500 packets, each announced and uploaded alone', async () => {
    const authorization = await one.authorization();
    const heard = new Map<number, number>();
    const packets = Array.from({ length: PACKETS }, (_none, nth) => nth).values();
    const replay = async (): Promise<void> => {
      for (const _packet of packets) {
        const answers = [
          await ask('POST', '/announce', authorization),
          await ask('HEAD', '/upload', authorization),
          await ask('POST', '/upload', authorization),
          await ask('PATCH', '/upload', authorization),
        ];
        for (const status of answers) heard.set(status, (heard.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, replay));
    expect([...heard]).toEqual([[204, PACKETS * 4]]);
  });

  it('takes more of many stations than of one address', async () => {
    for (let nth = 0; nth < SHARE_OF_ADDRESS + 500; nth += 1) {
      await limits.ask('station', ADDRESS);
      await limits.shown('station', ADDRESS, `station ${nth % 50}`);
    }
    expect(await ask('POST', '/announce', await one.authorization())).toBe(204);
  });

  it('lets the station in that was there before, when a stranger has spent the share of its address', async () => {
    for (let nth = 0; nth < SHARE_OF_ADDRESS; nth += 1) await limits.ask('station', ADDRESS).catch(() => undefined);
    expect(await ask('POST', '/announce', 'Bearer nonsense')).toBe(429);
    expect(await ask('POST', '/announce', await newStation(core, '1000110099').authorization())).toBe(429);
    expect(await ask('POST', '/announce', await other.authorization())).toBe(429);
    expect(await ask('POST', '/announce', await one.authorization())).toBe(204);
    // Whoever pretends to be it is looked at, and found out.
    expect(await ask('POST', '/announce', await newStation(core, STATION).authorization())).toBe(401);
  });
});
