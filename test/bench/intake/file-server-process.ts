/**
 * What the gateway on a disk is judged by: a bare HTTP server of Node that writes each body to a file, makes it durable
 * under its name, and answers. It knows nobody, verifies nothing and notes nothing. Argument: a folder.
 */
import { open, rename } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { answerAsked } from './asked-process.ts';

const [folder = ''] = process.argv.slice(2);

async function keep(request: IncomingMessage): Promise<void> {
  const path = join(folder, basename(request.url ?? ''));
  const file = await open(`${path}.partial`, 'w');
  for await (const chunk of request) await file.writeFile(chunk);
  await file.sync();
  await file.close();
  await rename(`${path}.partial`, path);
  const names = await open(folder, 'r');
  await names.sync();
  await names.close();
}

const server = createServer((request, response) => {
  keep(request).then(
    () => response.writeHead(201).end(),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
server.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));

answerAsked({ open: () => ({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }) });
