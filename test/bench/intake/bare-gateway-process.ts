/**
 * What the gateway is judged by: a bare HTTP server of Node that holds the same requests open, shows with a newline now and
 * then that it is there, and answers them when it is told to. Knows nobody and keeps nothing.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerAsked, sharedNow } from './asked-process.ts';
import { memoryNow, type Times, wakeSchema } from './idle-words.ts';

const HEARTBEAT_MS = 20_000;

const waiting = new Map<string, ServerResponse>();
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  waiting.set(pathname.slice('/channel-'.length, '/channel-1000010000'.length), response);
  setTimeout(
    () => {
      if (!response.headersSent) response.writeHead(200).write('\n');
    },
    Math.random() * Number(searchParams.get('heartbeat')),
  );
});
server.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
setInterval(() => {
  for (const response of waiting.values()) if (response.headersSent && !response.writableEnded) response.write('\n');
}, HEARTBEAT_MS);

answerAsked({
  open: () => ({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, key: '' }),
  prepare: () => undefined,
  memory: () => memoryNow(),
  wake: (about) => {
    const { stations, name } = wakeSchema.parse(about);
    const written: Times = {};
    for (const station of stations) {
      written[station] = sharedNow();
      waiting.get(station)?.end(JSON.stringify({ results: [{ id: `task:${name}` }], last_seq: name }));
    }
    return written;
  },
});
