/** What becomes of those who are there when the gateway stops. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { ask, openTestGateway, registered, STATION, type TestGateway, tus } from '../gateway.fixture.ts';
import { announced, openPatch, until } from '../uploads/upload.fixture.ts';
import { healthRoutes, type Needs } from './health-routes.ts';

/** Holds the next request of a station at the door. @returns lets it go on */
function holdNext(gateway: TestGateway): () => void {
  const held = Promise.withResolvers<void>();
  const { get } = gateway.register;
  vi.spyOn(gateway.register, 'get').mockImplementationOnce(async (station) => {
    await held.promise;
    return get(station);
  });
  return () => held.resolve();
}

describe('a gateway that is told to stop', () => {
  it('answers what is under way, says meanwhile that it is not ready, and begins nothing more', async () => {
    const gateway = await openTestGateway();
    const station = await registered(gateway);
    const changes = () => ask(gateway, station, 'GET', `channel-${STATION}/_changes`);
    expect(await ask(gateway, undefined, 'GET', 'ready')).toMatchObject({ status: 200, json: { ok: true } });
    const letGo = holdNext(gateway);
    const underWay = changes();
    await until(() => gateway.requests.some((request) => request.includes('_changes')));

    const stopped = gateway.stop(10_000);
    // Twice: that the first answer was the last one of its connection must not end the waiting.
    for (const _nth of [1, 2]) {
      const { status, json } = await ask(gateway, undefined, 'GET', 'ready?by=proxy');
      expect({ status, json }).toMatchObject({ status: 503, json: { error: 'ENR-WEB-011', missing: ['draining'] } });
      expect(await ask(gateway, undefined, 'GET', 'up')).toMatchObject({ status: 200 });
      const refused = await changes();
      expect(refused).toMatchObject({ status: 503, json: { error: 'ENR-WEB-002' } });
      expect(refused.headers.get('connection')).toBe('close');
    }
    letGo();
    const answer = await underWay;
    expect(answer).toMatchObject({ status: 200, json: { results: [] } });
    expect(answer.headers.get('connection')).toBe('close');
    await stopped;
    await expect(ask(gateway, undefined, 'GET', 'up')).rejects.toThrow();
  });

  it('waits for nobody who looks at live events', async () => {
    const gateway = await openTestGateway();
    const { link } = await gateway.people.administration.create('head', { roles: ['administrator'], centers: 'all' });
    await gateway.people.signInByLink(link);
    const { cookie } = await gateway.people.changePassword('head', undefined, 'four words that do not belong');
    const headers = { cookie: cookie.split(';')[0] ?? '' };
    const live = await fetch(new URL('api/stations/live', gateway.url), { headers });
    const reader = live.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    const began = performance.now();
    await gateway.stop(20_000);
    expect(performance.now() - began).toBeLessThan(5_000);
    let done = false;
    while (!done) done = (await reader?.read())?.done ?? true;
  });

  it('answers the polls, and has the uploads that run make durable what came', async () => {
    const scene = await announced(200_000);
    const { gateway, station, packet, bytes } = scene;
    await tus.create(gateway, station, packet);
    const patch = await openPatch(scene);
    patch.request.write(bytes.subarray(0, 100_000));
    await until(() => gateway.incoming.isWritten(packet.id));
    await sleep(50);
    const poll = ask(gateway, station, 'GET', `channel-${STATION}/_changes?feed=longpoll&timeout=60000`);
    await until(() => gateway.requests.some((request) => request.includes('longpoll')));

    const stopped = gateway.stop(10_000);
    expect(await poll).toMatchObject({ status: 200, json: { results: [] } });
    const told = await patch.answer;
    expect(told).toMatchObject({ status: 204, headers: { connection: 'close', 'upload-offset': '100000' } });
    await stopped;
    expect(await gateway.incoming.offsetOf(packet.id)).toBe(100_000);
  });

  it('breaks off at the deadline what does not end', async () => {
    const needs = { disk: () => sleep(20_000, true, { ref: false }) };
    const gateway = await openTestGateway({ door: { needs } });
    const asked = ask(gateway, undefined, 'GET', 'ready').catch(() => 'broken off');
    await until(() => gateway.requests.length === 1);
    const began = performance.now();
    gateway.stop(100);
    expect(await asked).toBe('broken off');
    expect(performance.now() - began).toBeLessThan(1_500);
  });
});

/** What is answered to whoever asks whether it is ready. */
function readinessOf(needs: Needs, answerWithinMs: number): () => Promise<unknown> {
  const routes = healthRoutes({ needs, answerWithinMs, isDraining: () => false });
  const ready = routes.find(({ path }) => path === '/ready');
  if (ready?.kind !== 'json') throw new Error('no route for /ready');
  const nothing = { params: {}, query: {}, body: undefined, actor: undefined, cookies: {} };
  return () => ready.answer({ ...nothing, address: '127.0.0.1', requestId: 'a' });
}

describe('a gateway is ready', () => {
  it('when nothing is missing; otherwise it is told what, and nothing more', async () => {
    const needs = {
      disk: async () => false,
      keys: () => Promise.reject(new Error('/etc/enroute/keys: wrong passphrase')),
    };
    const gateway = await openTestGateway({ door: { needs } });
    const { status, json, text } = await ask(gateway, undefined, 'GET', 'ready');
    expect({ status, json }).toMatchObject({ status: 503, json: { missing: ['disk', 'keys'] } });
    expect(text).not.toContain('etc');
    expect(await ask(gateway, undefined, 'GET', 'up')).toMatchObject({ status: 200 });
  });

  it('when what it needs answers in time; it is looked once a second, whoever asks', async () => {
    let looked = 0;
    const needs = {
      slow: async () => {
        looked += 1;
        await sleep(30_000, undefined, { ref: false });
        return true;
      },
    };
    const readiness = readinessOf(needs, 100);
    const began = performance.now();
    const answers = await Promise.all([1, 2, 3].map(readiness));
    expect(performance.now() - began).toBeGreaterThan(90);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(answers).toMatchObject([1, 2, 3].map(() => ({ status: 503, body: { missing: ['slow'] } })));
    expect(looked).toBe(1);
  });

  it('when its store answers', async () => {
    const gateway = await openTestGateway({
      databases: (databases) => ({
        ...databases,
        stations: { ...databases.stations, info: () => Promise.reject(new Error('no store')) },
      }),
    });
    await registered(gateway);
    expect(await ask(gateway, undefined, 'GET', 'ready')).toMatchObject({ status: 503, json: { missing: ['store'] } });
  });
});
