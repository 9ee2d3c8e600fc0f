import { newSigningKeyPair } from '@enroute/shared/crypto/keys.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { ClientCertificate } from '@enroute/sync/link/connections.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import { pino } from 'pino';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { listen } from '../door/gateway-server.ts';
import { requireCertificateOf } from './client-certificate.ts';

const STATION = '1000110077';

interface Authority extends ClientCertificate {
  issue(name: string): Promise<ClientCertificate>;
}

async function newAuthority(): Promise<Authority> {
  const made = await generate([{ name: 'commonName', value: 'authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    cert: made.cert,
    key: made.private,
    issue: async (name) => {
      const issued = await generate([{ name: 'commonName', value: name }], {
        keyType: 'ec',
        algorithm: 'sha256',
        ca: { key: made.private, cert: made.cert },
        extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
      });
      return { cert: issued.cert, key: issued.private };
    },
  };
}

let authority: Authority;
let stranger: Authority;
beforeAll(async () => {
  [authority, stranger] = await Promise.all([newAuthority(), newAuthority()]);
});

/** @param clientCa left out of a server that asks for no certificates */
async function openServer(clientCa: string | undefined) {
  const identity = await authority.issue('gateway');
  const server = await listen(
    (request, response) => {
      try {
        requireCertificateOf(STATION, request.socket);
        response.end('{"in":true}');
      } catch (error) {
        response.statusCode = 403;
        response.end(JSON.stringify({ error: error instanceof EnrouteError ? error.code : 'ENR-WEB-002' }));
      }
    },
    { host: '127.0.0.1', port: 0, tls: { ...identity, clientCa }, log: pino({ enabled: false }) },
  );
  onTestFinished(() => server.close(async () => undefined));
  return async (certificate?: ClientCertificate, times = 1): Promise<unknown> => {
    const client = new GatewayClient({
      baseUrl: server.url,
      ca: authority.cert,
      certificate,
      station: STATION,
      signingKey: newSigningKeyPair(),
      now: () => new Date(),
    });
    try {
      let last: unknown;
      for (let asked = 0; asked < times; asked += 1) {
        const request = { path: 'x', method: 'GET', deadlineMs: 10_000 } as const;
        last = await client
          .request(request, z.object({ in: z.literal(true) }))
          .catch((error: unknown) => (error instanceof EnrouteError ? error.code : String(error)));
        // The next one goes over a connection that resumes the TLS session of this one.
        client.connections.discard('request');
      }
      return last;
    } finally {
      await client.close();
    }
  };
}

describe('a gateway that asks for certificates', () => {
  it('lets a station in with one for its number, also when it resumes a session', async () => {
    const askServer = await openServer(authority.cert);
    expect(await askServer(await authority.issue(STATION), 4)).toEqual({ in: true });
  });

  it('lets none in without one, with another station’s, or with one of another authority', async () => {
    const askServer = await openServer(authority.cert);
    const others = [undefined, await authority.issue('1000110078'), await stranger.issue(STATION)];
    for (const certificate of others) expect(await askServer(certificate, 2)).toBe('ENR-TRU-011');
  });

  it('is one that was told to: any other asks for none', async () => {
    expect(await (await openServer(undefined))()).toEqual({ in: true });
  });
});
