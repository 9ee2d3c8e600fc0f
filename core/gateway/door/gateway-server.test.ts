/** The gateway's port, with what comes there that is no request. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { captureLog, ERROR_LEVEL, type LogLine } from '../gateway.fixture.ts';
import { limitSlowBody } from './body-deadline.ts';
import { type ListenOptions, listen } from './gateway-server.ts';
import { answerUnreadable } from './unreadable-requests.ts';

async function open(app: RequestListener) {
  const logs: LogLine[] = [];
  const server = await listen(app, { host: '127.0.0.1', port: 0, log: captureLog(logs) });
  onTestFinished(() => server.close(async () => undefined));
  return { ...server, logs, port: Number(new URL(server.url).port) };
}

const isFine: RequestListener = (_request, response) => void response.end('fine');

function say(port: number, words: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(words);
  return text(socket);
}

describe('the port', () => {
  it('that is taken is an error to whoever would listen', async () => {
    const { port, logs } = await open(isFine);
    const log = captureLog([]);
    await expect(listen(isFine, { host: '127.0.0.1', port, log })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(logs).toEqual([]);
  });

  it('survives every connection that could not be taken, and says so', async () => {
    let server: Server | undefined;
    const { url, logs } = await open((request, response) => {
      server = (request.socket as Socket & { server: Server }).server;
      response.end('fine');
    });
    await (await fetch(url)).text();
    for (const code of ['EMFILE', 'ENFILE'])
      server?.emit('error', Object.assign(new Error(`accept ${code}`), { code }));
    expect(logs.map(({ level }) => level)).toEqual([ERROR_LEVEL, ERROR_LEVEL]);
    expect(await (await fetch(url)).text()).toBe('fine');
  });
});

describe('what can not be read', () => {
  it.each([
    ['is no HTTP', 'hello\r\n\r\n', 400],
    ['has headers without end', `GET / HTTP/1.1\r\nhost: a\r\na: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ])('because it %s is refused with a code, and the connection is closed', async (_what, words, status) => {
    const { port } = await open(isFine);
    const [head = '', body = ''] = (await say(port, words)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain('X-Content-Type-Options: nosniff');
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
    expect(JSON.parse(body)).toMatchObject({ error: 'ENR-WEB-003' });
  });

  it('because it comes too slowly is refused as what may come again', async () => {
    const server = createServer({ connectionsCheckingInterval: 20, headersTimeout: 50 }, isFine);
    answerUnreadable(server);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const said = await say((server.address() as AddressInfo).port, 'GET / HTTP/1.1\r\nhost:');
    expect(said).toMatch(/^HTTP\/1.1 408 /);
    expect(said).toContain('ENR-WEB-002');
  });

  it('behind a request that was answered is refused after that answer', async () => {
    const { port } = await open(isFine);
    const socket = connect(port, '127.0.0.1');
    const heard = text(socket);
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    socket.once('data', () => socket.write('hello\r\n\r\n'));
    expect((await heard).match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  it('while an answer is under way puts nothing into the midst of it', async () => {
    const { port } = await open((_request, response) => void response.write('half of'));
    const socket = connect(port, '127.0.0.1');
    const heard = text(socket);
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    socket.once('data', () => socket.write('hello\r\n\r\n'));
    const said = await heard;
    expect(said).toContain('half of');
    expect(said).not.toContain('400');
  });
});

describe('what is refused of a request before anybody looks at what it asks for', () => {
  const refused = (said: string) => ({
    status: Number(/^HTTP\/1.1 (\d+)/.exec(said)?.[1]),
    code: (JSON.parse(said.split('\r\n\r\n')[1] ?? '{}') as { error?: string }).error,
  });

  it.each([
    ['names no host', 'GET / HTTP/1.1\r\n\r\n', 400, 'ENR-WEB-003'],
    ['names two hosts', 'GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n', 400, 'ENR-WEB-003'],
    ['tells no version', 'GET /\r\nhost: a\r\n\r\n', 400, 'ENR-WEB-003'],
    ['asks for another server', 'GET http://elsewhere.example/ HTTP/1.1\r\nhost: a\r\n\r\n', 400, 'ENR-WEB-003'],
    ['has too many headers', `GET / HTTP/1.1\r\nhost: a\r\n${'a: b\r\n'.repeat(100)}\r\n`, 431, 'ENR-WEB-003'],
    ['expects what we do not do', 'GET / HTTP/1.1\r\nhost: a\r\nexpect: x\r\n\r\n', 417, 'ENR-WEB-003'],
    ['wants a tunnel', 'CONNECT elsewhere:443 HTTP/1.1\r\nhost: a\r\n\r\n', 405, 'ENR-WEB-007'],
  ])('because it %s', async (_what, words, status, code) => {
    const { port } = await open(isFine);
    expect(refused(await say(port, words))).toEqual({ status, code });
  });

  it('takes no other protocol than HTTP/1.1, however it is asked to', async () => {
    const { port } = await open((_request, response) => void response.setHeader('connection', 'close').end('fine'));
    const said = await say(port, 'GET / HTTP/1.1\r\nhost: a\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n');
    expect(said).toMatch(/^HTTP\/1.1 200 /);
  });

  it('lets nobody heap up requests on one connection', async () => {
    let asked = 0;
    const { port } = await open(() => {
      asked += 1;
    });
    expect(await say(port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(50))).toBe('');
    expect(asked).toBe(8);
  });
});

describe('connections', () => {
  const limits = { most: 5, mostOfAddress: 3 };

  async function openAtOnce(count: number, more: Partial<ListenOptions> = {}): Promise<number> {
    const server = await listen(isFine, {
      host: '127.0.0.1',
      port: 0,
      log: captureLog([]),
      connections: limits,
      ...more,
    });
    const port = Number(new URL(server.url).port);
    const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
    const answers = sockets.map(
      (socket) =>
        new Promise<boolean>((resolve) => {
          socket
            .once('data', () => resolve(true))
            .once('close', () => resolve(false))
            .once('error', () => undefined);
          socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
        }),
    );
    const answered = (await Promise.all(answers)).filter(Boolean).length;
    for (const socket of sockets) socket.destroy();
    await server.close(async () => undefined);
    return answered;
  }

  it('are enough of one address for the stations of a region, with three each', async () => {
    expect(await openAtOnce(1_200, { connections: undefined })).toBe(1_200);
  });

  it('are so many of an address; of a trusted proxy so many as there may be in all', async () => {
    expect(await openAtOnce(9)).toBe(3);
    expect(await openAtOnce(9, { isTrustedProxy: () => true })).toBe(5);
  });
});

describe('a body that comes too slowly', () => {
  it('is not waited for; one that comes as fast as it may is', async () => {
    const app = express();
    app.post('/', (request, response) => {
      limitSlowBody(request, response, 100, 20);
      request.resume().on('end', () => response.end('fine'));
    });
    const { port } = await open(app);
    const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 400\r\n\r\n';
    const said = await say(port, `${head}abc`);
    expect(said).toMatch(/^HTTP\/1.1 408 /);
    expect(said).toContain('ENR-WEB-002');

    const steady = connect(port, '127.0.0.1');
    const heard = new Promise<string>((resolve) => steady.once('data', (text) => resolve(String(text))));
    // By the first of it it has earned a second, in which the rest comes.
    steady.write(head + 'x'.repeat(320));
    for (let sent = 320; sent < 400; sent += 20) {
      await sleep(50);
      steady.write('x'.repeat(20));
    }
    expect(await heard).toMatch(/^HTTP\/1.1 200 /);
    steady.destroy();
  });
});
