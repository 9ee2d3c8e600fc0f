/** A way to the gateway that brings every request there, and loses the answers that a test wants lost. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface LossyWay {
  readonly url: string;
  /** Answers that will be lost yet. */
  lose: number;
  /** Method and path of what came through. */
  readonly asked: string[];
}

export async function openLossyWay(to: string): Promise<LossyWay> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const pieces: Uint8Array[] = [];
    for await (const piece of request) pieces.push(piece);
    const { authorization, 'content-type': type, 'content-encoding': encoding } = request.headers;
    const answer = await fetch(new URL(request.url ?? '', to), {
      method: request.method ?? 'GET',
      headers: {
        ...(authorization ? { authorization } : {}),
        ...(type ? { 'content-type': type } : {}),
        ...(encoding ? { 'content-encoding': encoding } : {}),
      },
      body: pieces.length > 0 ? Buffer.concat(pieces) : null,
    });
    const body = await answer.text();
    if (way.lose > 0) {
      way.lose -= 1;
      response.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/json', date: answer.headers.get('date') ?? '' });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const way: LossyWay = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, lose: 0, asked };
  return way;
}
