import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTcpLink, type TcpLink } from './tcp-link.ts';

let core: Server;
let received = 0;
let link: TcpLink;

beforeEach(async () => {
  received = 0;
  core = createServer((request, response) => {
    request.on('data', (part: Buffer) => {
      received += part.byteLength;
    });
    request.on('end', () => response.end('thanks'));
    request.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    core.listen(0, '127.0.0.1', resolve);
  });
  const target = new URL(`http://127.0.0.1:${(core.address() as AddressInfo).port}/`);
  link = await openTcpLink({ target, bytesPerSecond: 0 });
});

afterEach(async () => {
  await link.stop();
  core.closeAllConnections();
  await new Promise((resolve) => core.close(resolve));
});

const send = (bytes: number): Promise<string> =>
  fetch(link.url, { method: 'POST', body: new Uint8Array(bytes) }).then((response) => response.text());

describe('a link over TCP', () => {
  it('brings bytes to the core and the answer back, and counts them', async () => {
    expect(await send(100_000)).toBe('thanks');
    expect(received).toBe(100_000);
    expect(link.bytesUp).toBeGreaterThan(100_000);
    expect(link.bytesUp).toBeLessThan(101_000);
  });

  it('lets nothing through while it is closed, and everything again when it opens', async () => {
    link.close();
    await expect(send(10)).rejects.toThrow();
    expect(received).toBe(0);
    link.open();
    expect(await send(10)).toBe('thanks');
  });

  it('is cut after the bytes that were said, and comes back', async () => {
    const cut = link.cutAfter(50_000, 50);
    await expect(send(1_000_000)).rejects.toThrow();
    await cut;
    expect(received).toBeGreaterThan(30_000);
    expect(received).toBeLessThan(70_000);
    expect(await send(10)).toBe('thanks');
  });

  it('is as slow as it is told to be', async () => {
    const slow = await openTcpLink({ target: new URL(link.url), bytesPerSecond: 1_000_000 });
    const begun = performance.now();
    await fetch(slow.url, { method: 'POST', body: new Uint8Array(300_000) });
    expect(performance.now() - begun).toBeGreaterThan(290);
    await slow.stop();
  });
});
