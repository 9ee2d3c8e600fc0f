/** Whoever has not paid for the network gets this page, with status 200, whatever they asked for. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const PAGE = '<!doctype html><title>Welcome</title><h1>Sign in to use this network</h1>';

export interface CaptivePortal {
  readonly url: URL;
  stop(): Promise<void>;
}

export async function startCaptivePortal(host: string): Promise<CaptivePortal> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('error', () => undefined);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  return {
    url: new URL(`http://${host}:${(server.address() as AddressInfo).port}/`),
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
