/** The same over TLS: with a proxy in front of the gateway, and with the core's own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTls } from '@enroute/core/cli/read-tls.ts';
import { listen } from '@enroute/core/gateway/door/gateway-server.ts';
import {
  announce,
  captureLog,
  openTestGateway,
  registered,
  registrationOf,
  type TestGateway,
  type TestStation,
} from '@enroute/core/gateway/gateway.fixture.ts';
import { changesAnswerSchema } from '@enroute/sync/channel/protocol.ts';
import { Connections } from '@enroute/sync/link/connections.ts';
import { exchange } from '@enroute/sync/link/exchange.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import { readAuthority } from '@enroute/sync/settings/authority.ts';
import { uploadPacket } from '@enroute/sync/upload/upload-packet.ts';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { until } from './channel.fixture.ts';
import { openCountry } from './country.fixture.ts';
import { type Authority, newAuthority, openTlsProxy, type TlsProxy } from './tls.fixture.ts';

let authority: Authority;
let stranger: Authority;
beforeAll(async () => {
  authority = await newAuthority();
  stranger = await newAuthority();
});

interface Scene {
  readonly gateway: TestGateway;
  readonly station: TestStation;
  readonly proxy: TlsProxy;
  client(ca?: string): GatewayClient;
}

async function behindProxy(): Promise<Scene> {
  const gateway = await openTestGateway({ now: () => new Date() });
  const known = await registered(gateway);
  const station = { ...known, authorization: () => known.authorization(new Date()) };
  const proxy = await openTlsProxy(gateway.url, authority.gateway);
  const client = (ca = authority.ca): GatewayClient => {
    const options = { station: station.number, signingKey: station.signing, now: () => new Date() };
    const made = new GatewayClient({ ...options, baseUrl: proxy.url, ca });
    onTestFinished(() => made.close());
    return made;
  };
  return { gateway, station, proxy, client };
}

const ask = (client: GatewayClient): Promise<unknown> =>
  client.request({ method: 'GET', path: `channel-${client.station}/_changes`, deadlineMs: 5_000 }, changesAnswerSchema);

describe('a station behind TLS', () => {
  it('brings packet after packet to the core over one connection', async () => {
    const { gateway, station, proxy, client } = await behindProxy();
    const packets = [1, 2, 3].map((sequence) => station.packet(sequence, 300_000));
    await announce(gateway, station, ...packets);
    const over = client();
    for (const { rid, sealed } of packets) {
      const upload = { client: over, rid, digest: sealed.digest, bytes: sealed.bytes, stallMs: 5_000 };
      await uploadPacket({ ...upload, resume: false, signal: new AbortController().signal });
      expect(await registrationOf(gateway, rid)).toMatchObject({ state: 'RECEIVED' });
    }
    expect(proxy.resumed).toEqual([false]);
  });

  it('takes up its session after a cut, on every connection, instead of the handshake with certificates', async () => {
    const { proxy, client } = await behindProxy();
    const over = client();
    await ask(over);
    for (const round of [1, 2, 3]) {
      proxy.cut();
      await expect.poll(() => ask(over).then(() => proxy.resumed.length)).toBe(round + 1);
    }
    over.connections.suspect();
    await over.request(
      { method: 'GET', path: `channel-${over.station}/_changes`, deadlineMs: 5_000, lane: 'poll' },
      changesAnswerSchema,
    );
    expect(proxy.resumed).toEqual([false, true, true, true, true]);
  });

  it('believes no certificate of another authority, and says so', async () => {
    const { gateway, client } = await behindProxy();
    await expect(ask(client(stranger.ca))).rejects.toThrow(/certificate is not trusted/);
    // Nor one of a private authority that it was not told of.
    const { number, signing } = await registered(gateway, '1000110079');
    const proxy = await openTlsProxy(gateway.url, authority.gateway);
    const untold = new GatewayClient({
      baseUrl: proxy.url,
      station: number,
      signingKey: signing,
      now: () => new Date(),
    });
    await expect(ask(untold)).rejects.toThrow(/certificate is not trusted/);
    expect(gateway.requests).toEqual([]);
  });
});

describe('a core with a certificate of its own', () => {
  it('speaks TLS, and tells how long it keeps a connection', async () => {
    const server = await listen((_request, response) => void response.end('{}'), {
      host: '127.0.0.1',
      port: 0,
      tls: authority.gateway,
      log: captureLog([]),
    });
    const connections = new Connections({ baseUrl: server.url, ca: authority.ca });
    onTestFinished(async () => {
      await connections.close();
      await server.close(async () => undefined);
    });
    expect(server.url).toMatch(/^https:/);
    const url = new URL(server.url);
    const answer = await exchange(connections, { lane: 'request', method: 'GET', url, headers: {}, stallMs: 5_000 });
    expect(answer.headers['keep-alive']).toBe('timeout=75');
  });

  it('takes packets of a station that was told of its authority', { timeout: 60_000 }, async () => {
    const country = await openCountry({ tls: { identity: authority.gateway, ca: authority.ca } });
    expect(country.core().url).toMatch(/^https:/);
    await country.enrol(1);
    country.link().open();
    await until(async () => (await country.items()).every(({ state }) => state === 'TERMINAL'), 'the end', 30_000);
  });

  it('is not reached by a station that was told of another, which says why', { timeout: 60_000 }, async () => {
    const country = await openCountry({ tls: { identity: authority.gateway, ca: stranger.ca } });
    await country.enrol(1);
    country.link().open();
    const reason = async (): Promise<string> => JSON.stringify((await country.station().status()).link);
    await until(async () => (await reason()).includes('certificate is not trusted'), 'the reason', 20_000);
    expect((await country.items()).map(({ state }) => state)).toEqual(['ANNOUNCED']);
  });
});

describe('the files', () => {
  it('of certificate and key belong together, and both are needed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'enroute-tls-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const [tlsCert, tlsKey, otherKey] = ['cert.pem', 'key.pem', 'other.pem'].map((name) => join(folder, name));
    if (!tlsCert || !tlsKey || !otherKey) throw new Error('three files');
    await writeFile(tlsCert, authority.gateway.cert);
    await writeFile(tlsKey, authority.gateway.key);
    await writeFile(otherKey, stranger.gateway.key);
    expect(await readTls({})).toBeUndefined();
    expect(await readTls({ tlsCert, tlsKey })).toEqual(authority.gateway);
    await expect(readTls({ tlsCert })).rejects.toThrow('ENR-OPS-005');
    await expect(readTls({ tlsCert, tlsKey: otherKey })).rejects.toThrow('ENR-OPS-005');
    await expect(readTls({ tlsCert, tlsKey: join(folder, 'none.pem') })).rejects.toThrow('ENR-OPS-006');
    expect(await readAuthority(tlsCert)).toBe(authority.gateway.cert);
    await expect(readAuthority(tlsKey)).rejects.toThrow('no certificate');
    await expect(readAuthority(join(folder, 'none.pem'))).rejects.toThrow("can't be read");
  });
});
