/** Takes packets that are put there in a single request each, whole or not at all. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { PACKET_BYTES } from '../cases.ts';
import { ownHost, say } from '../peer.ts';

const delivered = new Set<string>();
const server = createServer((request, response) => {
  buffer(request).then(
    (body) => {
      if (body.byteLength === PACKET_BYTES) delivered.add(request.url ?? '');
      say({ delivered: delivered.size });
      response.writeHead(201).end();
    },
    () => undefined,
  );
});
server.requestTimeout = 0;
server.listen(0, ownHost, () => say({ url: `http://${ownHost}:${(server.address() as AddressInfo).port}/` }));
