/** Something on the way that speaks HTTP: it passes requests on, refuses them, or does what proxies do on a bad day. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Passing {
  readonly method: string;
  readonly path: string;
  /** As it went over the wire. */
  readonly body: Buffer;
}

/** A status is answered with a page of HTML; `twice` sends it on twice, the second when the first was answered, and answers so. */
export type Treatment = 'pass' | 'twice' | number;

export interface HttpProxy {
  readonly url: string;
  /** Where requests go: for a test to change. */
  target: string;
  treat: (passing: Passing) => Treatment;
}

export async function openHttpProxy(target: string): Promise<HttpProxy> {
  const proxy: HttpProxy = { url: '', target, treat: () => 'pass' };
  const server = createServer((request, response) => {
    answer(request, response, proxy).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return Object.assign(proxy, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
}

async function answer(request: IncomingMessage, response: ServerResponse, proxy: HttpProxy): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const passing = { method: request.method ?? 'GET', path: request.url ?? '/', body: Buffer.concat(parts) };
  const treatment = proxy.treat(passing);
  if (typeof treatment === 'number') {
    response.writeHead(treatment, { 'content-type': 'text/html' }).end('<html>no</html>');
    return;
  }
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  if (treatment === 'twice') await (await passOn(request, passing, proxy, gone.signal)).text();
  const told = await passOn(request, passing, proxy, gone.signal);
  response.writeHead(told.status, { 'content-type': told.headers.get('content-type') ?? 'text/plain' });
  response.end(Buffer.from(await told.arrayBuffer()));
}

function passOn(
  { headers }: IncomingMessage,
  { method, path, body }: Passing,
  { target }: HttpProxy,
  signal: AbortSignal,
): Promise<Response> {
  const names = ['authorization', 'content-type', 'content-encoding'] as const;
  const kept = names.flatMap((name) =>
    headers[name] === undefined ? [] : [[name, headers[name]] as [string, string]],
  );
  const content = body.byteLength > 0 ? new Uint8Array(body) : null;
  return fetch(new URL(path, target), { method, headers: kept, body: content, signal });
}
