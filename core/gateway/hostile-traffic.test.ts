/**
 * The gateway under requests that were made to do harm. Each is answered with a refusal of ours, or, where the request
 * never became whole, its connection ends; and afterwards everything is as it was before.
 */
import { readdir } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { gatewayRoutes } from './app.ts';
import { openRateLimits, type RateSettings } from './door/rate-limits.ts';
import {
  afterAllOf,
  announce,
  ask,
  ERROR_LEVEL,
  openTestGateway,
  registered,
  type TestGateway,
  type TestStation,
  tus,
} from './gateway.fixture.ts';
import { type Exchanged, exchange } from './hostile-exchange.fixture.ts';
import { type Hostile, hostileRequests, type Senders } from './hostile-requests.fixture.ts';

/** So many times as much: 10 before a release. */
const ROUNDS = Number(process.env.ENROUTE_ROUNDS ?? 1);
const SEED = Number(process.env.ENROUTE_SEED ?? 20261);
const AT_ONCE = 12;
const REQUESTS = 1_800 * ROUNDS;
const WARM_UP = 300;
/** Made at a time: they are not to be what the heap grows by. */
const MADE_AHEAD = 100;
/** What the heap may be larger afterwards, whatever the number of rounds. */
const MOST_GROWTH_BYTES = 12 * 1024 * 1024;

const PLENTY = { requests: 100_000_000, seconds: 60 };
const NO_LIMITS = Object.fromEntries(
  ['anyone', 'health', 'sign-in', 'enrolment', 'station', 'upload', 'people', 'stage'].map((rate) => [
    rate,
    { address: PLENTY, own: PLENTY },
  ]),
) as unknown as RateSettings;

let gateway: TestGateway;
let station: TestStation;
let senders: Senders;
let port: number;
const asked = new Map<string, number>();

const atEnd = afterAllOf();
beforeAll(async () => {
  gateway = await openTestGateway({ door: { limits: openRateLimits(NO_LIMITS) }, atEnd });
  port = Number(new URL(gateway.url).port);
  station = await registered(gateway);
  senders = {
    nobody: [],
    station: [`Authorization: ${await station.authorization()}`],
    administrator: [`Cookie: ${await administrator()}`],
  };
});

async function administrator(): Promise<string> {
  const { link } = await gateway.people.administration.create('amina', { roles: ['administrator'], centers: 'all' });
  await gateway.people.signInByLink(link);
  const { cookie } = await gateway.people.changePassword('amina', undefined, 'four words that do not belong');
  return cookie.split(';')[0] ?? '';
}

function* traffic(count: number, seed: number): Generator<Hostile> {
  const takingBodies = gatewayRoutes(gateway.options).flatMap((route) =>
    route.kind === 'json' && route.body && route.access.by !== 'station'
      ? [[route.method, route.path.replace(/:[a-z]+/g, 'nothing')] as const]
      : [],
  );
  const upload = `uploads/${station.packet(1).id}`;
  const target = { senders, channel: `channel-${station.number}`, upload, takingBodies };
  const requests = hostileRequests(target);
  for (let made = 0; made < count; made += MADE_AHEAD) {
    yield* fc.sample(requests, { numRuns: MADE_AHEAD, seed: seed + made });
  }
}

/** So many are always under way: one that is answered late holds up no other. */
async function send(count: number, seed: number): Promise<void> {
  const requests = traffic(count, seed);
  const sender = async (): Promise<void> => {
    for (const request of requests) {
      const wrong = wrongWith(request, await exchange(port, request.pieces, request.end));
      const way = request.way.split(' (')[0] ?? '';
      asked.set(way, (asked.get(way) ?? 0) + 1);
      if (wrong) throw new Error(`${request.way}: ${wrong}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
}

/** What there is to object to in an answer; undefined when it is as it has to be. */
function wrongWith({ expect: expected, bodiless }: Hostile, answer: Exchanged | undefined): string | undefined {
  if (!answer || answer.hung) return 'neither an answer nor the end of the connection';
  const { status, head, body } = answer;
  if (telltale(head + body)) return `tells too much: ${head.slice(0, 500)} ${body.slice(0, 500)}`;
  if (status === undefined) return expected === 'closed' ? undefined : 'closed without an answer';
  if (expected === 'each-refused' && status === 201 && areAllForbidden(body)) return undefined;
  if (status < 400 || status >= 500) return `answered ${status} ${body.slice(0, 300)}`;
  if (bodiless) return undefined;
  if (!/\r\ncontent-type: application\/json/i.test(head)) return `no JSON: ${head.slice(0, 300)}`;
  return isCoded(body) ? undefined : `no code: ${status} ${body.slice(0, 300)}`;
}

function isCoded(body: string): boolean {
  try {
    const { error, reason, next } = JSON.parse(body);
    return /^ENR-[A-Z]{3}-\d{3}$/.test(error) && reason.length > 10 && next.length > 4;
  } catch {
    return false;
  }
}

function areAllForbidden(body: string): boolean {
  const answers: { error?: string }[] = JSON.parse(body);
  return answers.every(({ error }) => error === 'forbidden');
}

/** Where the gateway runs and what it is made of, and what only the sender may know. */
function telltale(text: string): boolean {
  const secrets = [...senders.station, ...senders.administrator].map((line) => line.replace(/^.*?[=\s]/, ''));
  return [gateway.incomingFolder, import.meta.dirname, 'node_modules', '    at ', ...secrets].some((told) =>
    text.includes(told),
  );
}

interface Held {
  readonly resources: Readonly<Record<string, number>>;
  readonly files: number;
}

async function held(): Promise<Held> {
  const kinds = process.getActiveResourcesInfo().filter((kind) => /TCP|Pipe|FSReq/.test(kind));
  const resources = Object.fromEntries(
    Object.entries(Object.groupBy(kinds, (kind) => kind)).map(([kind, all]) => [kind, all?.length ?? 0]),
  );
  return { resources, files: (await readdir('/proc/self/fd').catch(() => [])).length };
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const gc: () => void = runInNewContext('gc');
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

describe(`hostile traffic (seed ${SEED})`, () => {
  it(
    'is refused request by request, and leaves nothing behind',
    async () => {
      await send(WARM_UP, SEED - WARM_UP);
      await settled();
      const before = await held();
      const heapBefore = heapBytes();

      await send(REQUESTS, SEED);
      await settled();
      expect([...asked.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(2_000);
      expect(gateway.logs.filter(({ level }) => level >= ERROR_LEVEL)).toEqual([]);
      await expect.poll(held, { timeout: 5_000 }).toEqual(before);
      const growth = heapBytes() - heapBefore;
      expect(growth).toBeLessThan(MOST_GROWTH_BYTES);
      // For whoever lets it run for long.
      const counts = [...asked].map(([way, count]) => `${way} ${count}`).join(', ');
      if (ROUNDS > 1) process.stdout.write(`${counts}; heap +${Math.round(growth / 1024)} KiB\n`);
    },
    60_000 * ROUNDS,
  );

  it('leaves the gateway at work', async () => {
    const packet = station.packet(2);
    expect((await announce(gateway, station, packet)).json).toMatchObject([{ ok: true }]);
    expect((await tus.create(gateway, station, packet)).status).toBe(201);
    expect((await tus.patch(gateway, station, packet.id, 0, packet.sealed.bytes)).status).toBe(204);
    expect(await ask(gateway, undefined, 'GET', 'ready')).toMatchObject({ status: 200 });
  });
});

/** Connections end a moment after their answers. */
async function settled(): Promise<void> {
  await expect.poll(async () => (await held()).resources.TCPSocketWrap ?? 0, { timeout: 10_000 }).toBe(0);
}
