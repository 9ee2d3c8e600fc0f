/** What the command line makes of an agent that does not answer as it should. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { remoteFrontDesk } from './remote-front-desk.ts';

const VERDICT = `${JSON.stringify({ rid: '1', state: 'SEALED', damage: null })}\n`;
const FAILURE = { error: 'ENR-STN-006', reason: 'The disk.', next: 'Have it checked.' };

async function answering(listener: RequestListener): Promise<ReturnType<typeof remoteFrontDesk>> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return remoteFrontDesk(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, 'token');
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
    await expect(desk.discardDraft('1', { person: 'amina', password: 'x' })).rejects.toMatchObject({
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
    const nobody = remoteFrontDesk('http://127.0.0.1:9/', 'token');
    await expect(nobody.status()).rejects.toMatchObject({ code: 'ENR-CLI-002', detail: 'it does not answer' });
  });
});
