/** The gateway's port, with what comes there that is no request. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { captureLog, ERROR_LEVEL, type LogLine } from '../gateway.fixture.ts';
import { listen } from './gateway-server.ts';
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
