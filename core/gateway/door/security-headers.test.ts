import express from 'express';
import helmet from 'helmet';
import { expect, it } from 'vitest';
import { announce, ask, openTestGateway, registered, STATION, tus } from '../gateway.fixture.ts';
import { securityHeaders } from './security-headers.ts';

/** The policy's directives that a browser is told, by name. */
async function policyBehind(headers: express.RequestHandler): Promise<Map<string, string>> {
  const app = express();
  app.use(headers, (_request, response) => void response.end());
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    const { headers: told } = await fetch(`http://127.0.0.1:${address.port}/`);
    const directives = told.get('content-security-policy')?.split(';') ?? [];
    return new Map(directives.map((one) => [one.split(' ')[0] ?? '', one]));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

it('The policy is the usual one, but a page on plain HTTP may load its own files by plain HTTP', async () => {
  const usual = await policyBehind(helmet());
  expect(usual.delete('upgrade-insecure-requests')).toBe(true);
  expect(await policyBehind(securityHeaders())).toEqual(usual);
  expect(usual.get('default-src')).toBe("default-src 'self'");
});

it('No refusal is taken by a browser for anything but the JSON that it is, whoever refuses', async () => {
  const gateway = await openTestGateway();
  const station = await registered(gateway);
  const packet = station.packet(1);
  await announce(gateway, station, packet);
  const refusals = await Promise.all([
    ask(gateway, undefined, 'GET', `channel-${STATION}/_changes`),
    ask(gateway, undefined, 'POST', 'uploads'),
    ask(gateway, station, 'GET', `channel-${STATION}/elsewhere`),
    ask(gateway, station, 'GET', 'channel-%E0%A4%A/_changes'),
    // By tus itself.
    tus.create(gateway, station, packet, { 'tus-resumable': '0.1' }),
    tus.patch(gateway, station, packet.id, 10, packet.sealed.bytes),
    ask(gateway, station, 'PUT', 'uploads'),
  ]);
  for (const { status, headers, json } of refusals) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(json).toMatchObject({ error: expect.stringMatching(/^ENR-/) });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  }
});
