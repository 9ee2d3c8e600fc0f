/** One try of an upload against a core that does and says what each test needs; `test/link` has the real one. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { newSigningKeyPair } from '@enroute/shared/crypto/keys.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Refusal } from '../link/answer.ts';
import { GatewayClient } from '../link/gateway-client.ts';
import { LinkError } from '../link/link-error.ts';
import { serve } from '../link/server.fixture.ts';
import { partDigests } from './parts.ts';
import { type PacketUpload, type UploadProgress, uploadPacket } from './upload-packet.ts';

const TUS = { 'tus-resumable': '1.0.0' };
const BYTES = randomBytes(200_000);
/** More than the kernel keeps for a connection on this machine. */
const HUGE = Buffer.alloc(32 * 1024 * 1024);
const DIGEST = '0'.repeat(64);
const rid = (sequence: number): string => `1000110077${String(sequence).padStart(5, '0')}20260301100000`;

interface Scene {
  readonly methods: string[];
  readonly connections: readonly unknown[];
  upload(change?: Partial<PacketUpload>): Promise<number>;
}

async function scene(core: RequestListener): Promise<Scene> {
  const methods: string[] = [];
  const { url, connections } = await serve((request, response) => {
    methods.push(request.method ?? '');
    core(request, response);
  });
  const signingKey = newSigningKeyPair();
  const client = new GatewayClient({ baseUrl: url, station: '1000110077', signingKey, now: () => new Date() });
  onTestFinished(() => client.close());
  const { signal } = new AbortController();
  const packet = { client, rid: rid(1), digest: DIGEST, bytes: BYTES, resume: false, stallMs: 2_000, signal };
  return { methods, connections, upload: (change) => uploadPacket({ ...packet, ...change }) };
}

/** Takes whatever comes; of what was begun it has the first half. */
const taking: RequestListener = async (request, response) => {
  if (request.method === 'POST') return void created(response);
  const from = BYTES.byteLength / 2;
  const headers = { ...TUS, 'upload-offset': String(from), 'upload-length': String(BYTES.byteLength) };
  if (request.method === 'HEAD') return void response.writeHead(200, headers).end();
  const begun = Number(request.headers['upload-offset']);
  const { byteLength } = await buffer(request);
  response.writeHead(204, { ...TUS, 'upload-offset': String(begun + byteLength) }).end();
};

function created(response: ServerResponse, headers: Record<string, string> = {}): void {
  response.writeHead(201, { ...TUS, location: '/uploads/x', ...headers }).end();
}

/** A core that creates every upload and does as it likes with the bytes. */
const whenPatched =
  (patch: (request: IncomingMessage, response: ServerResponse) => void): RequestListener =>
  (request, response) =>
    request.method === 'POST' ? created(response) : patch(request, response);

const refusal = JSON.stringify({ error: 'ENR-UPL-006', reason: '.', next: '.' });

describe('an upload', () => {
  it('costs two requests for each packet, new or begun, and one connection for all of them', async () => {
    const { methods, connections, upload } = await scene(taking);
    expect(await upload({ rid: rid(1) })).toBe(0);
    expect(await upload({ rid: rid(2), resume: true })).toBe(100_000);
    expect(await upload({ rid: rid(3) })).toBe(0);
    expect(await upload({ rid: rid(4), resume: true })).toBe(100_000);
    expect(methods).toEqual(['POST', 'PATCH', 'HEAD', 'PATCH', 'POST', 'PATCH', 'HEAD', 'PATCH']);
    expect(connections).toHaveLength(1);
  });

  it('tells when it is created what it carries, and the digests of the parts', async () => {
    let metadata = '';
    const { upload } = await scene((request, response) => {
      if (request.method === 'POST') metadata = String(request.headers['upload-metadata']);
      taking(request, response);
    });
    await upload();
    const told = metadata.split(',').map((pair) => pair.split(' '));
    expect(told.map(([name, value]) => [name, Buffer.from(value ?? '', 'base64').toString()])).toEqual([
      ['rid', rid(1)],
      ['digest', DIGEST],
      ['parts', partDigests(BYTES)],
    ]);
  });

  it('tells how much is durable as the core says it, and never what can not be', async () => {
    const { upload } = await scene(
      whenPatched((request, response) => {
        request.once('data', () => {
          // Less than before, more than was sent, and no number.
          for (const offset of ['1000', '500', '999999999', '-1', 'x', '2000']) {
            response.writeInformation(104, { 'Upload-Offset': offset });
          }
        });
        request.once('end', () => response.writeHead(204, { ...TUS, 'upload-offset': '200000' }).end());
      }),
    );
    const told: UploadProgress[] = [];
    await upload({ onProgress: (progress) => told.push(progress) });
    expect([...new Set(told.map(({ durableBytes }) => durableBytes))]).toEqual([0, 1_000, 2_000, 200_000]);
    expect(told.at(-1)).toEqual({ sentBytes: 200_000, durableBytes: 200_000, totalBytes: 200_000, resumedFrom: 0 });
    expect(told.every(({ sentBytes }, at) => sentBytes >= (told[at - 1]?.sentBytes ?? 0))).toBe(true);
  });

  it('goes on for as long as the core says that bytes arrive, though the kernel has taken all of them', async () => {
    const { upload } = await scene(
      whenPatched((request, response) => {
        request.resume();
        let durable = 0;
        const beat = setInterval(() => {
          durable += 20_000;
          if (durable < 200_000) return void response.writeInformation(104, { 'Upload-Offset': String(durable) });
          clearInterval(beat);
          response.writeHead(204, { ...TUS, 'upload-offset': '200000' }).end();
        }, 100);
      }),
    );
    expect(await upload({ stallMs: 600 })).toBe(0);
  });

  it('is given up when the core has said that bytes arrive, and then says nothing', async () => {
    const { upload } = await scene(
      whenPatched((request, response) => {
        request.resume();
        response.writeInformation(104, { 'Upload-Offset': '16384' });
      }),
    );
    const begun = performance.now();
    await expect(upload({ stallMs: 100 })).rejects.toThrow('no byte moved for 100 ms');
    expect(performance.now() - begun).toBeLessThan(1_500);
  });

  it.each([
    [460, undefined],
    [503, 7_000],
  ])('that is refused with %i while its bytes go out ends with the refusal', async (status, retryAfterMs) => {
    const { upload } = await scene(
      whenPatched((request, response) => {
        request.once('data', () => {
          request.pause();
          response.writeHead(status, { 'retry-after': '7', connection: 'close' }).end(refusal);
        });
      }),
    );
    const error: unknown = await upload({ bytes: HUGE }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({ code: 'ENR-UPL-006', status, retryAfterMs });
  });

  it('does not send what is left when it was refused, nor on that connection again', async () => {
    let receivedBytes = 0;
    const { upload, connections } = await scene(
      whenPatched((request, response) => {
        request.on('data', (part: Buffer) => {
          receivedBytes += part.byteLength;
        });
        request.once('data', () => response.writeHead(460).end(refusal));
      }),
    );
    await expect(upload({ bytes: HUGE })).rejects.toThrow(Refusal);
    await expect(upload({ bytes: HUGE })).rejects.toThrow(Refusal);
    expect(receivedBytes).toBeLessThan(HUGE.byteLength);
    expect(connections).toHaveLength(2);
  });

  it.each([
    ['where it was', 100_000, ['POST', 'PATCH', 'PATCH']],
    ['beyond its bytes', 300_000, ['POST', 'PATCH']],
  ])('that the core ends %s is cut, instead of being gone on with for ever', async (_where, offset, asked) => {
    const { upload, methods } = await scene(
      whenPatched((request, response) => {
        request.resume();
        request.once('end', () => response.writeHead(204, { ...TUS, 'upload-offset': String(offset) }).end());
      }),
    );
    await expect(upload()).rejects.toThrow(`ended at ${offset} of 200000 bytes`);
    expect(methods).toEqual(asked);
  });

  it('whose request was ended by a late copy of another goes on from there at once', async () => {
    const from: number[] = [];
    const { upload, methods } = await scene(
      whenPatched((request, response) => {
        request.resume();
        const begun = Number(request.headers['upload-offset']);
        from.push(begun);
        const end = String(Math.min(begun + 80_000, 200_000));
        request.once('end', () => response.writeHead(204, { ...TUS, 'upload-offset': end }).end());
      }),
    );
    expect(await upload()).toBe(0);
    expect(from).toEqual([0, 80_000, 160_000]);
    expect(methods).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH']);
  });

  it('that gets on by a byte a time is cut after a while', async () => {
    let patches = 0;
    const { upload } = await scene(
      whenPatched((request, response) => {
        request.resume();
        patches += 1;
        const end = String(Number(request.headers['upload-offset']) + 1);
        request.once('end', () => response.writeHead(204, { ...TUS, 'upload-offset': end }).end());
      }),
    );
    await expect(upload()).rejects.toThrow(LinkError);
    expect(patches).toBe(16);
  });

  it('does not believe an offset of a packet of another length', async () => {
    const { upload } = await scene((_request, response) => {
      response.writeHead(200, { ...TUS, 'upload-offset': '10', 'upload-length': '20' }).end();
    });
    await expect(upload({ resume: true })).rejects.toThrow('another length');
  });

  it('whose HEAD is not let through goes on from where the answer to its POST says that it is', async () => {
    const from: (string | undefined)[] = [];
    const { upload, methods } = await scene((request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(405).end();
      if (request.method === 'POST') return void created(response, { 'upload-offset': '70000' });
      from.push(request.headers['upload-offset']?.toString());
      taking(request, response);
    });
    const told: UploadProgress[] = [];
    expect(await upload({ resume: true, onProgress: (progress) => told.push(progress) })).toBe(70_000);
    expect(methods).toEqual(['HEAD', 'POST', 'PATCH']);
    expect(from).toEqual(['70000']);
    expect(told[0]).toMatchObject({ durableBytes: 70_000, resumedFrom: 70_000 });
  });

  it.each([200_000, 300_000])(
    'is not gone on with from %i bytes, of which there are fewer left than one',
    async (offset) => {
      const { upload } = await scene((_request, response) => created(response, { 'upload-offset': String(offset) }));
      await expect(upload()).rejects.toThrow(LinkError);
    },
  );

  it('that something on the way refuses tells with what', async () => {
    const { upload } = await scene(
      whenPatched((request, response) => {
        request.resume();
        request.once('end', () => response.writeHead(413).end('<html>too large</html>'));
      }),
    );
    await expect(upload()).rejects.toMatchObject({ name: 'LinkError', status: 413 });
  });

  it.each([302, 502])('asked after through something that answers %i asks nothing more', async (status) => {
    const { upload, methods } = await scene((_request, response) => {
      response.writeHead(status, { location: '/login' }).end();
    });
    await expect(upload({ resume: true })).rejects.toThrow(LinkError);
    expect(methods).toEqual(['HEAD']);
  });

  it('shows its token nowhere else, wherever the core says that the upload lies', async () => {
    const seen: unknown[] = [];
    const elsewhere = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end();
    });
    const { upload } = await scene((_request, response) => created(response, { location: `${elsewhere.url}x` }));
    await expect(upload()).rejects.toThrow('another address');
    expect(seen).toEqual([]);
  });

  it('hears how many more packets the core will take', async () => {
    const credits: number[] = [];
    const { upload } = await scene((request, response) =>
      request.method === 'POST' ? created(response, { 'enroute-credits': '12' }) : taking(request, response),
    );
    await upload({ onCredits: (packets) => credits.push(packets) });
    expect(credits).toEqual([12]);
  });
});
