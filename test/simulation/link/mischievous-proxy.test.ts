import { createServer, type IncomingMessage, request as requestOf, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type MischiefSettings, type MischievousProxy, startMischievousProxy } from './mischievous-proxy.ts';

let core: Server;
let asked: string[];

beforeEach(async () => {
  asked = [];
  core = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(`${request.method} ${request.url} ${body}`);
      response.writeInformation(104, { 'upload-offset': '7' });
      response.setHeader('etag', '"1"');
      response.end(`answer ${asked.length}`);
    });
  });
  await new Promise<void>((resolve) => {
    core.listen(0, '127.0.0.1', resolve);
  });
});

afterEach(async () => {
  core.closeAllConnections();
  await new Promise((resolve) => core.close(resolve));
});

async function startProxy(settings: Omit<MischiefSettings, 'target' | 'seed'> & { seed?: number }) {
  const target = new URL(`http://127.0.0.1:${(core.address() as AddressInfo).port}/`);
  const proxy = await startMischievousProxy({ target, seed: 1, ...settings });
  onTestFinished(() => proxy.stop());
  return proxy;
}

const post = async ({ url }: MischievousProxy, body: string): Promise<string> =>
  (await fetch(new URL('a?b=c', url), { method: 'POST', body })).text();

describe('a mischievous proxy', () => {
  it('brings a request to the core and the answer back, when nothing is to befall it', async () => {
    const proxy = await startProxy({});
    const answer = await fetch(new URL('a?b=c', proxy.url), { method: 'PUT', body: 'd' });
    expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([200, '"1"', 'answer 1']);
    expect(asked).toEqual(['PUT /a?b=c d']);
  });

  it('sends a request twice, and the station hears the second answer', async () => {
    const proxy = await startProxy({ oneDoubledIn: 1 });
    expect(await post(proxy, 'd')).toBe('answer 2');
    expect(asked).toEqual(['POST /a?b=c d', 'POST /a?b=c d']);
  });

  it('loses an answer after the core has done the work', async () => {
    const proxy = await startProxy({ oneAnswerLostIn: 1 });
    await expect(post(proxy, 'd')).rejects.toThrow();
    expect(asked).toHaveLength(1);
  });

  it('lets later requests overtake', async () => {
    const proxy = await startProxy({ oneHeldIn: 3, heldMs: 50 });
    const sent = Array.from({ length: 12 }, (_, index) => `POST /a?b=c ${index}`);
    await Promise.all(sent.map((_, index) => post(proxy, String(index))));
    expect(proxy.done.held).toBeGreaterThan(0);
    expect([...asked].sort()).toEqual([...sent].sort());
    expect(asked).not.toEqual(sent);
  });

  it('keeps informational answers to itself, unless it is told not to', async () => {
    for (const [passesInformation, heard] of [
      [false, []],
      [true, [104]],
    ] as const) {
      const proxy = await startProxy({ passesInformation });
      const information: number[] = [];
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const request = requestOf(proxy.url, { method: 'POST' }, resolve);
        request.on('information', ({ statusCode }) => information.push(statusCode));
        request.on('error', reject);
        request.end('d');
      });
      await text(answer);
      expect(information).toEqual(heard);
    }
  });

  it('does the same to the same requests for the same seed', async () => {
    const doneWith = async (seed: number): Promise<string[]> => {
      const proxy = await startProxy({ seed, oneAnswerLostIn: 3 });
      const ends: string[] = [];
      for (let index = 0; index < 20; index += 1) {
        ends.push(
          await post(proxy, 'd').then(
            () => 'answered',
            () => 'lost',
          ),
        );
      }
      return ends;
    };
    expect(await doneWith(4)).toEqual(await doneWith(4));
    expect(await doneWith(4)).not.toEqual(await doneWith(5));
  });
});
