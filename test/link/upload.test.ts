/** One try of an upload, against a real gateway. */
import { getEventListeners } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  announce,
  type GatewaySettings,
  openTestGateway,
  registered,
  registrationOf,
  type TestGateway,
  type TestPacket,
  type TestStation,
  tus,
} from '@enroute/core/gateway/gateway.fixture.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import { LinkError } from '@enroute/sync/link/link-error.ts';
import { type PacketUpload, type UploadProgress, uploadPacket } from '@enroute/sync/upload/upload-packet.ts';
import { describe, expect, it, onTestFinished } from 'vitest';

interface Scene {
  readonly gateway: TestGateway;
  readonly station: TestStation;
  readonly packet: TestPacket;
  readonly stopping: AbortController;
  readonly client: (baseUrl?: string, offsetMs?: number) => GatewayClient;
  upload(change?: Partial<PacketUpload>): Promise<number>;
}

async function announced(settings: Partial<GatewaySettings> = {}): Promise<Scene> {
  // The tokens of `ask` are made at the gateway's time; those of the client, at the real one.
  const gateway = await openTestGateway({ ...settings, now: () => new Date() });
  const station = await registered(gateway);
  const packet = station.packet(1, 200_000);
  const stopping = new AbortController();
  const client = (baseUrl = gateway.url, offsetMs = 0): GatewayClient =>
    new GatewayClient({
      baseUrl,
      station: station.number,
      signingKey: station.signing,
      now: () => new Date(Date.now() + offsetMs),
    });
  const now = { ...station, authorization: () => station.authorization(new Date()) };
  await announce(gateway, now, packet);
  gateway.requests.length = 0;
  return {
    gateway,
    station: now,
    packet,
    stopping,
    client,
    upload: (change = {}) =>
      uploadPacket({
        client: client(),
        rid: packet.rid,
        digest: packet.sealed.digest,
        bytes: packet.sealed.bytes,
        resume: false,
        stallMs: 5_000,
        signal: stopping.signal,
        ...change,
      }),
  };
}

const methods = ({ gateway }: Scene): string[] => gateway.requests.map((request) => request.split(' ')[0] ?? '');
const stateOf = async ({ gateway, packet }: Scene) => (await registrationOf(gateway, packet.rid))?.state;

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('an upload', () => {
  it('of a new packet takes two requests', async () => {
    const scene = await announced();
    expect(await scene.upload()).toBe(0);
    expect(methods(scene)).toEqual(['POST', 'PATCH']);
    expect(await stateOf(scene)).toBe('RECEIVED');
  });

  it('that was begun asks how far it got and goes on from there', async () => {
    const scene = await announced();
    const { gateway, station, packet } = scene;
    await tus.create(gateway, station, packet);
    await tus.patch(gateway, station, packet.id, 0, packet.sealed.bytes.subarray(0, 150_000));
    gateway.requests.length = 0;
    const offsets = new Set<number>();
    expect(await scene.upload({ resume: true, onProgress: ({ resumedFrom }) => offsets.add(resumedFrom) })).toBe(
      150_000,
    );
    expect(methods(scene)).toEqual(['HEAD', 'PATCH']);
    expect([...offsets]).toEqual([150_000]);
    expect(await stateOf(scene)).toBe('RECEIVED');
  });

  it('that was begun and is believed not to be sends nothing twice', async () => {
    const scene = await announced();
    const { gateway, station, packet } = scene;
    await tus.create(gateway, station, packet);
    await tus.patch(gateway, station, packet.id, 0, packet.sealed.bytes.subarray(0, 150_000));
    gateway.requests.length = 0;
    expect(await scene.upload()).toBe(150_000);
    expect(methods(scene)).toEqual(['POST', 'PATCH']);
    expect(await stateOf(scene)).toBe('RECEIVED');
  });

  it('that is believed to be begun and is not begins', async () => {
    const scene = await announced();
    expect(await scene.upload({ resume: true })).toBe(0);
    expect(methods(scene)).toEqual(['HEAD', 'POST', 'PATCH']);
    expect(await stateOf(scene)).toBe('RECEIVED');
  });

  it.each([true, false])('that the core refuses ends with its code (begun before: %s)', async (resume) => {
    const scene = await announced();
    await scene.upload();
    const error: unknown = await scene.upload({ resume }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EnrouteError);
    expect(error).toMatchObject({ code: 'ENR-UPL-005' });
    const unknown = scene.station.packet(2);
    await expect(scene.upload({ resume, rid: unknown.rid, digest: unknown.sealed.digest })).rejects.toMatchObject({
      code: 'ENR-UPL-001',
    });
  });

  it('is told by the core how much of it is durable while it is still being sent', async () => {
    const scene = await announced({ progressMs: 30 });
    const durable = new Set<number>();
    const take = (): Promise<void> => sleep(40);
    const onProgress = ({ durableBytes }: UploadProgress): void => void durable.add(durableBytes);
    await scene.upload({ pace: { take }, onProgress });
    expect(durable.size).toBeGreaterThan(3);
    expect([...durable].at(-1)).toBe(scene.packet.sealed.bytes.byteLength);
  });

  it('one part of which was damaged on the way hears so at once, and goes on from before it', async () => {
    const scene = await announced();
    const { bytes } = scene.packet.sealed;
    const damaged = Uint8Array.from(bytes);
    damaged[100_000] = 255 - (bytes[100_000] ?? 0);
    let passed = 0;
    // The station sends what is right; what arrives is not.
    const bad = await serve(async (request, response) => {
      const body = await buffer(request);
      const sent = request.method === 'PATCH' && passed === 0 ? damaged : body;
      if (request.method === 'PATCH') passed += 1;
      const { authorization = '', host: _host, connection: _connection, ...headers } = request.headers;
      const answer = await fetch(new URL(request.url ?? '', scene.gateway.url), {
        method: request.method ?? '',
        headers: { ...(headers as Record<string, string>), authorization },
        body: body.byteLength > 0 ? new Uint8Array(sent) : null,
      });
      const text = await answer.text();
      response.writeHead(answer.status, [...answer.headers].flat()).end(text);
    });
    const client = scene.client(bad);
    await expect(scene.upload({ client })).rejects.toMatchObject({ code: 'ENR-UPL-006', status: 460 });
    expect(await scene.upload({ client, resume: true })).toBe(65_536);
    expect(await stateOf(scene)).toBe('RECEIVED');
  });

  it.each([false, true])(
    'of a station whose clock is wrong learns the time from the refusal, and goes on (resumed: %s)',
    async (resume) => {
      const scene = await announced();
      const client = scene.client(undefined, -3 * 86_400_000);
      expect(await scene.upload({ client, resume })).toBe(0);
      expect(await stateOf(scene)).toBe('RECEIVED');
      expect(Math.abs((client.clockOffsetMs ?? 0) + 3 * 86_400_000)).toBeLessThanOrEqual(2_000);
    },
  );

  it('does not take a captive portal for the core, nor its clock', async () => {
    const scene = await announced();
    const portal = await serve((_request, response) => {
      response.writeHead(200, { date: 'Thu, 01 Jan 2015 00:00:00 GMT' }).end('<html>Please log in</html>');
    });
    const client = scene.client(portal);
    for (const resume of [true, false]) await expect(scene.upload({ client, resume })).rejects.toThrow(LinkError);
    expect(client.clockOffsetMs).toBeUndefined();
  });

  it('on which no byte moves is given up', async () => {
    const scene = await announced();
    const dead = await serve(() => undefined);
    const begun = performance.now();
    await expect(scene.upload({ client: scene.client(dead), stallMs: 80 })).rejects.toThrow(/no byte moved for 80 ms/);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it('that is slow and goes on is not given up', async () => {
    const scene = await announced();
    const headers = { 'tus-resumable': '1.0.0', location: '/uploads/x' };
    const slow = await serve((request, response) => {
      request.resume();
      const offset = request.method === 'PATCH' ? { 'upload-offset': scene.packet.sealed.bytes.byteLength } : {};
      setTimeout(() => response.writeHead(201, { ...headers, ...offset }).end(), 300);
    });
    // Creation and transfer take longer together than one of them may be silent.
    expect(await scene.upload({ client: scene.client(slow), stallMs: 550 })).toBe(0);
  });

  it('that is stopped before its first request was sent sends none', async () => {
    const scene = await announced();
    const uploading = scene.upload();
    scene.stopping.abort();
    await expect(uploading).rejects.toThrow(/stopped/);
    await expect(scene.upload()).rejects.toThrow(/stopped/);
    await sleep(80);
    expect(methods(scene)).toEqual([]);
  });

  it('leaves no listener on the signal, however it ends', async () => {
    const scene = await announced();
    await scene.upload();
    await scene.upload().catch(() => undefined);
    await scene.upload({ client: scene.client('http://127.0.0.1:1/') }).catch(() => undefined);
    expect(getEventListeners(scene.stopping.signal, 'abort')).toEqual([]);
  });
});
