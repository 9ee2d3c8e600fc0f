/** A country's own authority, and a proxy with TLS in front of a gateway. */
import { type AddressInfo, connect } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { TlsIdentity } from '@enroute/core/gateway/door/gateway-server.ts';
import { generate } from 'selfsigned';
import { onTestFinished } from 'vitest';

export interface Authority {
  /** Its certificate, PEM. */
  readonly ca: string;
  /** Of a gateway at 127.0.0.1 that it vouches for. */
  readonly gateway: TlsIdentity;
}

export async function newAuthority(): Promise<Authority> {
  const authority = await generate([{ name: 'commonName', value: 'Authority of the country' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const gateway = await generate([{ name: 'commonName', value: 'gateway' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    ca: { key: authority.private, cert: authority.cert },
  });
  return { ca: authority.cert, gateway: { cert: gateway.cert, key: gateway.private } };
}

export interface TlsProxy {
  readonly url: string;
  /** Of each connection so far, whether it took up the session of one before. */
  readonly resumed: boolean[];
  /** Breaks every connection off. */
  cut(): void;
}

export async function openTlsProxy(target: string, identity: TlsIdentity): Promise<TlsProxy> {
  const open = new Set<TLSSocket>();
  const resumed: boolean[] = [];
  const server = createServer(identity, (socket) => {
    open.add(socket);
    resumed.push(socket.isSessionReused());
    const { hostname, port } = new URL(target);
    const gateway = connect(Number(port), hostname);
    socket.pipe(gateway).pipe(socket);
    socket.on('error', () => gateway.destroy()).on('close', () => gateway.destroy());
    gateway.on('error', () => socket.destroy()).on('close', () => socket.destroy());
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const cut = (): void => {
    for (const socket of open) socket.destroy();
    open.clear();
  };
  onTestFinished(() => {
    server.close();
    cut();
  });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`, resumed, cut };
}
