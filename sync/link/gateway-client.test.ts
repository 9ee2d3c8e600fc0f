import { getEventListeners } from 'node:events';
import type { RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type KeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Refusal } from './answer.ts';
import { GatewayClient } from './gateway-client.ts';
import { LinkError } from './link-error.ts';
import { serve as serveAt } from './server.fixture.ts';
import { verifyStationToken } from './station-token.ts';

const STATION = '1000110077';
const DAY_MS = 86_400_000;
const key: KeyPair = newSigningKeyPair();
const ANY = z.unknown();

const serve = async (listener: RequestListener): Promise<string> => (await serveAt(listener)).url;

function clientOf(baseUrl: string, offsetMs = 0): GatewayClient {
  return new GatewayClient({ baseUrl, station: STATION, signingKey: key, now: () => new Date(Date.now() + offsetMs) });
}

function get(client: GatewayClient, deadlineMs = 5_000): Promise<unknown> {
  return client.request({ method: 'GET', path: 'x', deadlineMs }, ANY);
}

const refusal = (code: StatusCode): string => JSON.stringify({ error: code, reason: '.', next: '.' });

/** A core that looks at the time of the token, as the gateway does. */
function strictCore(asked: { times: number }): RequestListener {
  return async (request, response) => {
    asked.times += 1;
    const token = (request.headers.authorization ?? '').slice('Bearer '.length);
    try {
      await verifyStationToken(token, STATION, publicKeyOf(key), new Date());
      response.end('{"ok":true}');
    } catch (error) {
      response.statusCode = 401;
      response.end(refusal(error instanceof EnrouteError ? error.code : 'ENR-WEB-002'));
    }
  };
}

describe('a request to the gateway', () => {
  it('carries a token of the station, and brings back the JSON of the answer', async () => {
    const asked = { times: 0 };
    const client = clientOf(await serve(strictCore(asked)));
    expect(await get(client)).toEqual({ ok: true });
    expect(asked.times).toBe(1);
    expect(Math.abs(client.clockOffsetMs ?? DAY_MS)).toBeLessThanOrEqual(1_000);
  });

  it('sends its body as JSON to the path below the base address', async () => {
    const seen: string[] = [];
    const base = await serve((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        seen.push(`${request.method} ${request.url} ${request.headers['content-type']} ${Buffer.concat(parts)}`);
        response.end('[]');
      });
    });
    const client = clientOf(`${base}enroute/`);
    await client.request(
      { method: 'POST', path: 'channel-1/_bulk_docs?a=1', body: { docs: [] }, deadlineMs: 5_000 },
      ANY,
    );
    expect(seen).toEqual(['POST /enroute/channel-1/_bulk_docs?a=1 application/json {"docs":[]}']);
  });

  it.each([
    [512, undefined],
    [513, 'gzip'],
  ])('of %i bytes has its body compressed: %s', async (bytes, encoding) => {
    const seen: unknown[] = [];
    const base = await serve(async (request, response) => {
      const sent = await buffer(request);
      seen.push(request.headers['content-encoding'], Number(request.headers['content-length']) === sent.byteLength);
      seen.push((encoding ? gunzipSync(sent) : sent).toString());
      response.end('{}');
    });
    const body = 'x'.repeat(bytes - 2);
    await clientOf(base).request({ method: 'POST', path: 'x', body, deadlineMs: 5_000 }, ANY);
    expect(seen).toEqual([encoding, true, JSON.stringify(body)]);
  });

  it('is given up at its deadline when nothing ever comes back', async () => {
    const base = await serve(() => undefined);
    const begun = performance.now();
    await expect(get(clientOf(base), 100)).rejects.toThrow(LinkError);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it('is given up at its deadline when the answer stops in the middle', async () => {
    const base = await serve((_request, response) => {
      response.write('{"ok":');
    });
    await expect(get(clientOf(base), 100)).rejects.toThrow(LinkError);
  });

  it('is given up when nothing moves, and not while the core keeps it alive', async () => {
    const base = await serve((request, response) => {
      response.write('\n');
      if (request.url === '/silent') return;
      const beat = setInterval(() => response.write('\n'), 50);
      setTimeout(() => {
        clearInterval(beat);
        response.end('{"ok":true}');
      }, 1_500);
    });
    const poll = (path: string): Promise<unknown> =>
      clientOf(base).request({ method: 'GET', path, deadlineMs: 5_000, stallMs: 600, lane: 'poll' }, ANY);
    expect(await poll('alive')).toEqual({ ok: true });
    await expect(poll('silent')).rejects.toThrow('no byte moved for 600 ms');
  });

  it('is given up at once when the caller stops', async () => {
    const stop = new AbortController();
    const base = await serve(() => undefined);
    const asking = clientOf(base).request({ method: 'GET', path: 'x', deadlineMs: 60_000, signal: stop.signal }, ANY);
    setTimeout(() => stop.abort(), 20);
    await expect(asking).rejects.toThrow(LinkError);
  });

  it('has failed when nobody is there', async () => {
    await expect(get(clientOf('http://127.0.0.1:1/'))).rejects.toThrow(LinkError);
  });

  it('does not take a captive portal for the core, nor its clock', async () => {
    const base = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html', date: 'Thu, 01 Jan 2015 00:00:00 GMT' });
      response.end('<html>Please log in</html>');
    });
    const client = clientOf(base);
    await expect(get(client)).rejects.toThrow(LinkError);
    expect(client.clockOffsetMs).toBeUndefined();
  });

  it.each(['{"login":"required"}', '{}', '[]', 'null', '"ok"'])(
    'does not take a portal that speaks JSON for the core, nor its clock: %s',
    async (said) => {
      const base = await serve((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', date: 'Thu, 01 Jan 2015 00:00:00 GMT' });
        response.end(said);
      });
      const told: number[] = [];
      const onClockOffset = (offsetMs: number): void => void told.push(offsetMs);
      const options = { baseUrl: base, station: STATION, signingKey: key, now: () => new Date(), onClockOffset };
      const asking = new GatewayClient(options).request(
        { method: 'GET', path: 'x', deadlineMs: 5_000 },
        z.object({ last_seq: z.string() }),
      );
      await expect(asking).rejects.toThrow(LinkError);
      expect(told).toEqual([]);
    },
  );

  it('does not follow to another address, where its token would be shown', async () => {
    let shown = 0;
    const elsewhere = await serve((_request, response) => {
      shown += 1;
      response.end('{}');
    });
    const base = await serve((_request, response) => {
      response.writeHead(302, { location: elsewhere });
      response.end();
    });
    await expect(get(clientOf(base))).rejects.toThrow(LinkError);
    expect(shown).toBe(0);
  });

  it('does not read an answer that is far too long', async () => {
    let sentBytes = 0;
    const base = await serve((_request, response) => {
      const part = Buffer.alloc(1024 * 1024, 'x');
      const send = (): void => {
        while (!response.destroyed && sentBytes < 200 * part.byteLength) {
          sentBytes += part.byteLength;
          if (!response.write(part)) return void response.once('drain', send);
        }
      };
      send();
    });
    await expect(get(clientOf(base))).rejects.toThrow(/too long/);
    expect(sentBytes).toBeLessThan(64 * 1024 * 1024);
  });

  it('asks for compressed answers, and reads them', async () => {
    const base = await serve((request, response) => {
      response.setHeader('content-encoding', String(request.headers['accept-encoding']));
      response.end(gzipSync('{"ok":true}'));
    });
    expect(await get(clientOf(base))).toEqual({ ok: true });
  });

  it('does not take what can not be decompressed, or grows too long by it, for an answer of the core', async () => {
    for (const body of [Buffer.from('{"ok":true}'), gzipSync(Buffer.alloc(64 * 1024 * 1024))]) {
      const base = await serve((_request, response) => {
        response.setHeader('content-encoding', 'gzip');
        response.end(body);
      });
      await expect(get(clientOf(base))).rejects.toThrow(/decompressed/);
    }
  });

  it.each([401, 403, 409, 413, 422, 503])(
    'that the core refuses with %i ends with the code of the core',
    async (status) => {
      const base = await serve((_request, response) => {
        response.statusCode = status;
        response.end(refusal('ENR-AUT-005'));
      });
      const error: unknown = await get(clientOf(base)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(EnrouteError);
      expect(error).toMatchObject({ code: 'ENR-AUT-005' });
    },
  );

  it.each([
    [503, '7', 7_000],
    [429, '0', 0],
    [503, 'Sun, 01 Mar 2026 10:00:30 GMT', 30_000],
    [503, 'Sun, 01 Mar 2026 09:00:00 GMT', 0],
    [503, '99999999', 3_600_000],
    [503, 'soon', undefined],
    [422, '7', undefined],
  ])('that the core refuses with %i and Retry-After %s is to wait for %s ms', async (status, retryAfter, waitMs) => {
    const base = await serve((_request, response) => {
      // A date is held against the core's own clock, here another than the station's.
      response.writeHead(status, { 'retry-after': retryAfter, date: 'Sun, 01 Mar 2026 10:00:00 GMT' });
      response.end(refusal('ENR-WEB-002'));
    });
    const error: unknown = await get(clientOf(base)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({ code: 'ENR-WEB-002', status, retryAfterMs: waitMs });
  });

  it('that the core refuses after it has begun to answer ends with the code of the core', async () => {
    const base = await serve((_request, response) => {
      response.write('\n');
      response.end(JSON.stringify({ error: 'ENR-AUT-005', reason: '.', next: '.', status: 403 }));
    });
    const error: unknown = await get(clientOf(base)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({ code: 'ENR-AUT-005', status: 403 });
  });

  it.each([
    ['502', 'Bad Gateway'],
    ['403', '{"error":"forbidden"}'],
    ['404', ''],
  ])('that a proxy answers with %s has failed, and is worth another try', async (status, body) => {
    const base = await serve((_request, response) => {
      response.statusCode = Number(status);
      response.end(body);
    });
    await expect(get(clientOf(base))).rejects.toThrow(LinkError);
  });

  it('does not use a connection again on which a captive portal answered', async () => {
    let isPortal = true;
    const ports = new Set<number | undefined>();
    const base = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end(isPortal ? '<html>Please log in</html>' : '{"ok":true}');
    });
    const client = clientOf(base);
    await expect(get(client)).rejects.toThrow(LinkError);
    isPortal = false;
    for (const _again of [1, 2]) expect(await get(client)).toEqual({ ok: true });
    expect(ports.size).toBe(2);
  });

  it('leaves no listener behind on the signal of the caller', async () => {
    const stop = new AbortController();
    const client = clientOf(await serve(strictCore({ times: 0 })));
    const count = (): number => getEventListeners(stop.signal, 'abort').length;
    await client.request({ method: 'GET', path: 'x', deadlineMs: 5_000, signal: stop.signal }, ANY);
    const after = count();
    for (let request = 0; request < 30; request += 1) {
      await client.request({ method: 'GET', path: 'x', deadlineMs: 5_000, signal: stop.signal }, ANY);
    }
    expect(count()).toBeLessThanOrEqual(after + 1);
  });
});

describe('a station whose clock is wrong', () => {
  it.each([
    ['ahead', 3 * DAY_MS],
    ['behind', -3 * DAY_MS],
  ])('by three days %s gets in with the time of the core, and goes on with it', async (_where, offsetMs) => {
    const asked = { times: 0 };
    const client = clientOf(await serve(strictCore(asked)), offsetMs);
    expect(await get(client)).toEqual({ ok: true });
    expect(asked.times).toBe(2);
    expect(Math.abs((client.clockOffsetMs ?? 0) - offsetMs)).toBeLessThanOrEqual(1_000);
    await get(client);
    expect(asked.times).toBe(3);
  });

  it('measures by the moment at which an answer began, however long it took to end', async () => {
    const base = await serve((_request, response) => {
      response.write('\n');
      setTimeout(() => response.end('{}'), 2_100);
    });
    const told: number[] = [];
    const now = (): Date => new Date(Math.floor(Date.now() / 1_000) * 1_000 + 500);
    const onClockOffset = (offsetMs: number): void => void told.push(offsetMs);
    const client = new GatewayClient({ baseUrl: base, station: STATION, signingKey: key, now, onClockOffset });
    await get(client);
    expect(Math.abs(told[0] ?? DAY_MS)).toBeLessThanOrEqual(1_000);
  });

  it('asks once more and not for ever', async () => {
    let asked = 0;
    const base = await serve((_request, response) => {
      asked += 1;
      response.statusCode = 401;
      response.end(refusal('ENR-AUT-003'));
    });
    await expect(get(clientOf(base))).rejects.toMatchObject({ code: 'ENR-AUT-003' });
    expect(asked).toBe(2);
  });

  it('is right again after its clock was set', async () => {
    const asked = { times: 0 };
    let offsetMs = 3 * DAY_MS;
    const baseUrl = await serve(strictCore(asked));
    const now = (): Date => new Date(Date.now() + offsetMs);
    const client = new GatewayClient({ baseUrl, station: STATION, signingKey: key, now });
    await get(client);
    offsetMs = 0;
    expect(await get(client)).toEqual({ ok: true });
    expect(Math.abs(client.clockOffsetMs ?? DAY_MS)).toBeLessThanOrEqual(1_000);
    expect(asked.times).toBe(4);
  });
});
