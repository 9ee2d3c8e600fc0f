/** What the command line makes of an agent that does not answer as it should. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { proofOf } from './agent-proof.ts';
import { remoteFrontDesk } from './remote-front-desk.ts';

const VERDICT = `${JSON.stringify({ rid: '1', state: 'SEALED', damage: null })}\n`;
const FAILURE = { error: 'ENR-STN-006', reason: 'The disk.', next: 'Have it checked.' };

const TOKEN = 'a token of some length';
const PASSWORD = 'a password of someone';

/** @returns the address of one who answers so. */
async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function helloFrom(token: string): (nonce: string, port: number) => string {
  return (nonce, port) => JSON.stringify({ proof: proofOf(token, nonce, `127.0.0.1:${port}`) });
}

/** One who knows the token, and then answers so. */
async function answering(listener: RequestListener): Promise<ReturnType<typeof remoteFrontDesk>> {
  const url = await listening((request, response) => {
    const nonce = new URL(request.url ?? '', 'http://127.0.0.1').searchParams.get('nonce');
    if (nonce === null) return listener(request, response);
    response.end(helloFrom(TOKEN)(nonce, request.socket.localPort ?? 0));
  });
  return remoteFrontDesk(url, TOKEN);
}

/** One who answers every question so, and notes what was said. @param hello of the nonce */
async function stranger(hello: (nonce: string, port: number) => string | Promise<string>) {
  const heard: string[] = [];
  const url = await listening(async (request, response) => {
    heard.push(request.url ?? '', ...request.rawHeaders);
    for await (const part of request) heard.push(String(part));
    const nonce = new URL(request.url ?? '', 'http://127.0.0.1').searchParams.get('nonce') ?? '';
    response.end(await hello(nonce, request.socket.localPort ?? 0));
  });
  return { desk: remoteFrontDesk(url, TOKEN), heard };
}

async function verdictsOf(desk: ReturnType<typeof remoteFrontDesk>): Promise<{ seen: number; error: unknown }> {
  let seen = 0;
  try {
    for await (const verdict of desk.verify(null)) seen += verdict.rid === '1' ? 1 : 0;
    return { seen, error: undefined };
  } catch (error) {
    return { seen, error };
  }
}

describe('a stranger at the address of an agent', () => {
  it.each([
    ['says nothing', () => ''],
    ['says anything', () => '{"proof": true}'],
    ['guesses', helloFrom('another token of some length')],
    ['gives back what it was asked', (nonce: string) => JSON.stringify({ proof: nonce })],
    ['has an answer to another question', (_nonce: string, port: number) => helloFrom(TOKEN)('0'.repeat(64), port)],
    ['has the answer of the agent, on a port of its own', (nonce: string) => helloFrom(TOKEN)(nonce, 1)],
  ])('who %s, is told neither token nor password', async (_what, hello) => {
    const { desk, heard } = await stranger(hello);
    const refused = { code: 'ENR-CLI-002', detail: expect.stringContaining('another program') };
    await expect(desk.status()).rejects.toMatchObject(refused);
    await expect(desk.approve('all', { person: 'salim', password: PASSWORD })).rejects.toMatchObject(refused);
    expect(heard.filter((part) => part.startsWith('/hello?nonce='))).toHaveLength(2);
    expect(heard.join('\n')).not.toMatch(new RegExp(`${TOKEN}|${PASSWORD}|authorization`, 'i'));
  });

  it('who passes the question on to the agent, is told neither', async () => {
    const agent = await listening((request, response) => {
      const nonce = new URL(request.url ?? '', 'http://127.0.0.1').searchParams.get('nonce') ?? '';
      response.end(helloFrom(TOKEN)(nonce, request.socket.localPort ?? 0));
    });
    const { desk, heard } = await stranger(async (nonce) => (await fetch(`${agent}hello?nonce=${nonce}`)).text());
    await expect(desk.tasks()).rejects.toMatchObject({ code: 'ENR-CLI-002' });
    expect(heard.join('\n')).not.toContain(TOKEN);
  });

  it('who takes its place between two questions, is told no more', async () => {
    let token = TOKEN;
    const { desk, heard } = await stranger((nonce, port) => (nonce ? helloFrom(token)(nonce, port) : '[]'));
    expect(await desk.tasks()).toEqual([]);
    token = 'another token of some length';
    heard.length = 0;
    await expect(desk.tasks()).rejects.toMatchObject({ code: 'ENR-CLI-002' });
    expect(heard.join('\n')).not.toContain(TOKEN);
  });
});

describe('an agent that is asked', () => {
  it('and says nothing that can be read, is told apart from one that refuses', async () => {
    const nonsense = await answering((_request, response) => response.end('{"station": 1}'));
    await expect(nonsense.status()).rejects.toMatchObject({ code: 'ENR-CLI-002' });
    const html = await answering((_request, response) => response.end('<html>'));
    await expect(html.status()).rejects.toMatchObject({ code: 'ENR-CLI-002' });
    const broken = await answering((_request, response) => response.writeHead(500).end('<html>'));
    await expect(broken.status()).rejects.toMatchObject({ code: 'ENR-CLI-002', detail: 'status 500' });
    const refusing = await answering((_request, response) => response.writeHead(503).end(JSON.stringify(FAILURE)));
    await expect(refusing.status()).rejects.toMatchObject({ failure: FAILURE });
  });

  it('and sends elsewhere, is not followed: the password stays here', async () => {
    const desk = await answering((_request, response) =>
      response.writeHead(307, { location: 'http://192.0.2.1/' }).end(),
    );
    await expect(desk.discardDraft('1', { person: 'amina', password: PASSWORD })).rejects.toMatchObject({
      code: 'ENR-CLI-002',
    });
  });

  it('and is cut off in the midst of its lines, has not said all', async () => {
    const cut = await answering((_request, response) => {
      response.write(VERDICT, () => setTimeout(() => response.destroy(), 20));
    });
    expect(await verdictsOf(cut)).toEqual({ seen: 1, error: expect.objectContaining({ code: 'ENR-CLI-002' }) });
    const whole = await answering((_request, response) => response.end(VERDICT + VERDICT));
    expect(await verdictsOf(whole)).toEqual({ seen: 2, error: undefined });
  });

  it('and fails in the midst of its lines, says why in the last', async () => {
    const failing = await answering((_request, response) => response.end(`${VERDICT}${JSON.stringify(FAILURE)}\n`));
    expect(await verdictsOf(failing)).toEqual({ seen: 1, error: expect.objectContaining({ failure: FAILURE }) });
  });

  it('and is not there, is told as such', async () => {
    const nobody = remoteFrontDesk('http://127.0.0.1:9/', TOKEN);
    await expect(nobody.status()).rejects.toMatchObject({ code: 'ENR-CLI-002', detail: 'it does not answer' });
  });
});
