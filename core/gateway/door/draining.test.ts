/** What becomes of those who are there when the gateway stops. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ask, openTestGateway, registered, STATION, tus } from '../gateway.fixture.ts';
import { announced, openPatch, until } from '../uploads/upload.fixture.ts';

describe('a gateway that is told to stop', () => {
  it('says at once that it is not ready, and ends each connection with its answer', async () => {
    const gateway = await openTestGateway();
    expect(await ask(gateway, undefined, 'GET', 'ready')).toMatchObject({ status: 200, json: { ok: true } });
    gateway.draining.begin();
    const { status, json } = await ask(gateway, undefined, 'GET', 'ready');
    expect({ status, json }).toMatchObject({ status: 503, json: { error: 'ENR-WEB-011', missing: ['draining'] } });
    expect(await ask(gateway, undefined, 'GET', 'up')).toMatchObject({ status: 200 });
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

  it('when what it needs answers within two seconds; it is looked once a second, whoever asks', async () => {
    let looked = 0;
    const needs = {
      slow: async () => {
        looked += 1;
        await sleep(30_000, undefined, { ref: false });
        return true;
      },
    };
    const gateway = await openTestGateway({ door: { needs } });
    const began = performance.now();
    const answers = await Promise.all([1, 2, 3].map(() => ask(gateway, undefined, 'GET', 'ready')));
    expect(performance.now() - began).toBeGreaterThan(1_900);
    expect(performance.now() - began).toBeLessThan(6_000);
    expect(answers.map(({ json }) => json)).toMatchObject([1, 2, 3].map(() => ({ missing: ['slow'] })));
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
