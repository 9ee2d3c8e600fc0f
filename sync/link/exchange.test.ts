import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Connections } from './connections.ts';
import { type Answer, type ExchangeRequest, exchange } from './exchange.ts';
import { LinkError, LinkTooSlow } from './link-error.ts';
import { serve, type TestServer } from './server.fixture.ts';

type Asked = Partial<ExchangeRequest>;

interface Scene extends TestServer {
  readonly client: Connections;
  ask(change?: Asked): Promise<Answer>;
}

async function scene(listener: RequestListener): Promise<Scene> {
  const server = await serve(listener);
  const client = new Connections({ baseUrl: server.url });
  onTestFinished(() => client.close());
  const url = new URL('x', server.url);
  return {
    ...server,
    client,
    ask: (change) => exchange(client, { lane: 'request', method: 'GET', url, headers: {}, stallMs: 2_000, ...change }),
  };
}

const sayOk: RequestListener = (request, response) => {
  request.resume();
  request.on('end', () => response.end('{}'));
};

/** Reads nothing of a body and says nothing, as a link does that died on the way. */
const sayNothing: RequestListener = () => undefined;

/** More than the kernel keeps for a connection on this machine. */
const HUGE_BYTES = 32 * 1024 * 1024;

describe('a connection', () => {
  it('is opened by its first request and serves those that follow, a HEAD too', async () => {
    const { ask, connections } = await scene(sayOk);
    expect(connections).toHaveLength(0);
    await ask();
    await ask({ method: 'HEAD' });
    await ask({ method: 'POST', body: Buffer.alloc(100_000) });
    await ask({ method: 'HEAD' });
    expect(connections).toHaveLength(1);
  });

  it('is one of three, so that nothing waits for a long poll or an upload', async () => {
    const { ask, connections } = await scene((request, response) => {
      if (request.method === 'GET') sayOk(request, response);
    });
    const stop = new AbortController();
    const waiting = [
      ask({ lane: 'poll', method: 'POST', signal: stop.signal }),
      ask({ lane: 'upload', method: 'PATCH', signal: stop.signal }),
    ];
    const ended = Promise.allSettled(waiting);
    await ask();
    await ask();
    expect(connections).toHaveLength(3);
    stop.abort();
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('on which a request failed is not used again', async () => {
    let asked = 0;
    const { ask, connections } = await scene((request, response) => {
      asked += 1;
      if (asked > 1) sayOk(request, response);
    });
    await expect(ask({ stallMs: 50 })).rejects.toThrow('no byte moved for 50 ms');
    await ask();
    expect(connections).toHaveLength(2);
    expect(connections[0]?.destroyed).toBe(true);
  });

  it('that is idle is thrown away when a request on another finds the link dead', async () => {
    const { ask, connections } = await scene((request, response) => {
      if (request.method !== 'PATCH') sayOk(request, response);
    });
    await ask();
    await expect(ask({ lane: 'upload', method: 'PATCH', stallMs: 50 })).rejects.toThrow(LinkError);
    await ask();
    expect(connections).toHaveLength(3);
  });

  it('on which a request is under way stays when another finds the link dead', async () => {
    const { ask, connections } = await scene((request, response) => {
      if (request.method === 'GET') setTimeout(() => response.end('{}'), 200);
    });
    const slow = ask();
    await expect(ask({ lane: 'upload', method: 'PATCH', stallMs: 50 })).rejects.toThrow(LinkError);
    expect(await slow).toMatchObject({ body: '{}' });
    await ask();
    expect(connections).toHaveLength(2);
  });

  it('that does not come about does not outlast the patience of whoever waits for it, nor keep them from stopping', async () => {
    // Takes the connection, and never says a word of the handshake.
    const silent = createServer();
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const baseUrl = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    const client = new Connections({ baseUrl });
    onTestFinished(async () => {
      await client.close();
      silent.close();
    });
    const ask = (stallMs: number, signal?: AbortSignal): Promise<Answer> =>
      exchange(client, { lane: 'request', method: 'GET', url: new URL(baseUrl), headers: {}, stallMs, signal });
    const [opened] = await Promise.all([once(silent, 'connection'), expect(ask(80)).rejects.toThrow('no byte moved')]);
    // The attempt ends with it, and does not keep the process.
    const [socket] = opened;
    if (!socket.closed) await once(socket.resume(), 'close');
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    await expect(ask(60_000, stop.signal)).rejects.toThrow('stopped');
  });

  it('is not opened any more after the end, and what is under way ends', async () => {
    const { ask, client } = await scene(sayNothing);
    const under = ask();
    const ended = expect(under).rejects.toThrow(LinkError);
    await sleep(30);
    await client.close();
    await ended;
    await expect(ask()).rejects.toThrow('closed');
  });
});

describe('a request', () => {
  it('goes on as long as something of the answer comes, and stops when nothing does', async () => {
    const { ask } = await scene((_request, response) => {
      let beats = 0;
      const beat = setInterval(() => {
        beats += 1;
        if (beats < 20) return void response.write('\n');
        clearInterval(beat);
        response.end('{"ok":true}');
      }, 50);
    });
    expect(JSON.parse((await ask({ stallMs: 600 })).body)).toEqual({ ok: true });

    const silent = await scene((_request, response) => void response.write('\n'));
    const stalled = silent.ask({ stallMs: 80 });
    await expect(stalled).rejects.toThrow('no byte moved for 80 ms');
    await expect(stalled).rejects.toThrow(LinkTooSlow);
  });

  it('is not told of a redirection that it would follow', async () => {
    const { ask, connections } = await scene((_request, response) => {
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect((await ask()).status).toBe(302);
    expect(connections).toHaveLength(1);
  });

  it('gives the socket no more of its body than it takes', async () => {
    const sent: number[] = [];
    const { ask } = await scene(sayNothing);
    const body = Buffer.alloc(HUGE_BYTES);
    const asking = ask({
      method: 'PATCH',
      body,
      onSent: (bytes) => sent.push(bytes),
      signal: AbortSignal.timeout(300),
    });
    await expect(asking).rejects.toThrow('stopped');
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.at(-1)).toBeLessThan(body.byteLength);
  });

  it('asks for the pace before each slice, and what it waits for there is no standing still', async () => {
    let receivedBytes = 0;
    const { ask } = await scene((request, response) => {
      request.on('data', (part: Buffer) => (receivedBytes += part.byteLength));
      request.on('end', () => response.end());
    });
    const taken: number[] = [];
    const take = async (bytes: number): Promise<void> => {
      taken.push(bytes);
      await sleep(60);
    };
    await ask({ method: 'PATCH', body: Buffer.alloc(40_000), pace: { take }, stallMs: 40 });
    expect(taken).toEqual([16_384, 16_384, 7_232]);
    expect(receivedBytes).toBe(40_000);
  });

  it('is not given up while it waits for the pace, though the other side says meanwhile what it has', async () => {
    const { ask } = await scene((request, response) => {
      let receivedBytes = 0;
      request.on('data', (part: Buffer) => {
        receivedBytes += part.byteLength;
        setTimeout(() => response.headersSent || response.writeInformation(104, { 'x-has': receivedBytes }), 20);
      });
      request.on('end', () => response.end('{}'));
    });
    const take = async (): Promise<void> => void (await sleep(400));
    const acknowledgedIn = (headers: Record<string, unknown>): number => Number(headers['x-has']);
    const asking = ask({ method: 'PATCH', body: Buffer.alloc(40_000), pace: { take }, acknowledgedIn, stallMs: 150 });
    expect(await asking).toMatchObject({ status: 200 });
  });

  it.each([
    [4_000, 4_000],
    [64, 1_024],
    [1_000_000, 16_384],
  ])('at a pace of %i bytes a second goes in slices of %i', async (capBytesPerSecond, sliceBytes) => {
    const { ask } = await scene(sayOk);
    const taken: number[] = [];
    const take = async (bytes: number): Promise<void> => void taken.push(bytes);
    await ask({ method: 'PATCH', body: Buffer.alloc(40_000), pace: { take, capBytesPerSecond } });
    expect(Math.max(...taken)).toBe(sliceBytes);
    expect(taken.reduce((sum, bytes) => sum + bytes)).toBe(40_000);
  });

  it('has, besides its deadline, the time that the slowest link takes for what has moved', async () => {
    const { ask } = await scene((_request, response) => {
      response.write('x'.repeat(1_024));
      setTimeout(() => response.end('x'), 400);
    });
    expect((await ask({ deadlineMs: 150 })).body).toHaveLength(1_025);
    const silent = await scene((_request, response) => void response.write('x'.repeat(512)));
    const begun = performance.now();
    await expect(silent.ask({ deadlineMs: 150, stallMs: 60_000 })).rejects.toThrow(LinkTooSlow);
    expect(performance.now() - begun).toBeGreaterThan(600);
  });

  it('that is stopped while it waits for the pace ends, and takes no more of it', async () => {
    const { ask } = await scene(sayNothing);
    const stop = new AbortController();
    let asked = 0;
    let waitEnded = false;
    const take = async (_bytes: number, signal: AbortSignal): Promise<void> => {
      asked += 1;
      if (asked > 1) {
        setImmediate(() => stop.abort());
        await once(signal, 'abort');
        waitEnded = true;
        throw signal.reason;
      }
    };
    const asking = ask({ method: 'PATCH', body: Buffer.alloc(100_000), pace: { take }, signal: stop.signal });
    await expect(asking).rejects.toThrow('stopped');
    expect([asked, waitEnded]).toEqual([2, true]);
  });

  it.each([413, 503])('that is refused with %i while its body goes out brings the refusal back', async (status) => {
    const body = Buffer.alloc(HUGE_BYTES);
    const { ask } = await scene((request, response) => {
      request.once('data', () => {
        request.pause();
        // Answers, closes, and leaves what still comes unread.
        response.writeHead(status, { connection: 'close' }).end('{"error":"ENR-UPL-002"}');
      });
    });
    expect(await ask({ method: 'PATCH', body })).toMatchObject({ status, body: '{"error":"ENR-UPL-002"}' });
  });
});

describe('what was sent and not acknowledged', () => {
  const BODY = Buffer.alloc(1_024);
  const acknowledgedIn = (headers: Record<string, unknown>): number => Number(headers['x-has']);

  /** Takes all of a body, tells of it or not, and never answers. */
  const taking =
    (tell: boolean): RequestListener =>
    (request, response) => {
      request.resume();
      request.on('end', () => tell && response.writeInformation(104, { 'x-has': BODY.byteLength }));
    };
  const lasted = async (asking: Promise<unknown>): Promise<number> => {
    const begun = performance.now();
    await expect(asking).rejects.toThrow('no byte moved');
    return performance.now() - begun;
  };

  it('gets the time that the slowest link takes, where nobody tells what has arrived', async () => {
    const { ask } = await scene(taking(false));
    const ms = await lasted(ask({ method: 'PATCH', body: BODY, acknowledgedIn, stallMs: 100 }));
    expect(ms).toBeGreaterThan(1_000);
    expect(ms).toBeLessThan(3_000);
  });

  it('gets no more than any other silence, where somebody does', async () => {
    const { ask } = await scene(taking(true));
    const ms = await lasted(ask({ method: 'PATCH', body: BODY, acknowledgedIn, stallMs: 100 }));
    expect(ms).toBeLessThan(900);
  });

  it('is judged by what the way did the last time, until it does otherwise', async () => {
    let tell = true;
    const { ask, client } = await scene((request, response) => taking(tell)(request, response));
    await lasted(ask({ method: 'PATCH', body: BODY, acknowledgedIn, stallMs: 50 }));
    expect(client.passesInformation).toBe(true);
    tell = false;
    expect(await lasted(ask({ method: 'PATCH', body: BODY, acknowledgedIn, stallMs: 50 }))).toBeLessThan(900);
    expect(client.passesInformation).toBe(false);
  });
});
