/** How the answers of a channel leave: whole, and compressed where that saves something, or in parts as they are read. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';

/** Smaller bodies do not become smaller enough to be worth it. */
const GZIP_FROM_BYTES = 1024;

const compress = promisify(gzip);

export async function sendWhole(request: Request, response: Response, answer: object): Promise<void> {
  const body = Buffer.from(JSON.stringify(answer));
  if (response.headersSent) return void response.end(body);
  response.type('json');
  if (body.byteLength < GZIP_FROM_BYTES || !request.acceptsEncodings('gzip')) return void response.end(body);
  response.set('content-encoding', 'gzip').end(await compress(body));
}

/** For what is too large to be held: read no faster than it is taken. What breaks off is no JSON, and is asked again. */
export async function sendInParts(response: Response, parts: AsyncIterable<string>): Promise<void> {
  response.type('json');
  await pipeline(Readable.from(parts), response);
}
