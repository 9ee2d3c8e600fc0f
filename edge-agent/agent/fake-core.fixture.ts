/** A core's upload address that does what a test wants: by default it takes everything. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeStatus, type StatusCode } from '@enroute/shared/status/codes.ts';
import { ridOfUpload, uploadId } from '@enroute/sync/upload/upload-id.ts';
import { onTestFinished } from 'vitest';

export interface Asked {
  readonly method: string;
  readonly rid: string;
}

/** As they were said when the uploads were created, by RID. */
const lengths = new Map<string, number>();

/**
 * What becomes of a request: `take` it, refuse it with a code, never answer, break it off, or a proxy finds it too
 * large.
 */
export type Fate = 'take' | 'hang' | 'cut' | 'too large' | StatusCode;

export interface FakeCore {
  readonly url: string;
  readonly asked: Asked[];
  /** Bytes that have arrived, by RID. */
  readonly bytes: Map<string, Buffer>;
  decide: (asked: Asked) => Fate;
  /** What stands in the head of every answer. */
  headers: Readonly<Record<string, string>>;
}

const STATUS_OF: Partial<Record<StatusCode, number>> = { 'ENR-WEB-002': 503, 'ENR-UPL-006': 460, 'ENR-UPL-007': 503 };

export async function openFakeCore(): Promise<FakeCore> {
  const asked: Asked[] = [];
  const bytes = new Map<string, Buffer>();
  const server = createServer(async (request, response) => {
    const one = { method: request.method ?? '', rid: ridOf(request) };
    asked.push(one);
    const fate = core.decide(one);
    if (fate === 'hang') return;
    if (fate === 'cut') return void request.socket.destroy();
    if (fate === 'too large') return void request.resume().on('end', () => response.writeHead(413).end('<html>'));
    response.setHeader('Tus-Resumable', '1.0.0');
    response.setHeaders(new Headers(core.headers));
    if (fate !== 'take') return refuse(response, fate);
    // Whoever hangs up in the middle of an upload is no failure of the test.
    await take(one, request, response, bytes).catch((error: unknown) => {
      if (!request.destroyed) throw error;
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const core: FakeCore = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    bytes,
    decide: () => 'take',
    headers: {},
  };
  return core;
}

function ridOf(request: IncomingMessage): string {
  const metadata = request.headers['upload-metadata'];
  if (typeof metadata === 'string') return metadataOf(metadata).rid;
  return ridOfUpload(request.url?.split('/').at(-1) ?? '') ?? '';
}

function metadataOf(header: string): { rid: string; digest: string } {
  const value = (name: string): string => {
    const found = header.split(',').find((pair) => pair.startsWith(`${name} `));
    return Buffer.from(found?.split(' ')[1] ?? '', 'base64').toString();
  };
  return { rid: value('rid'), digest: value('digest') };
}

function refuse(response: ServerResponse, code: StatusCode): void {
  const { sentence, next } = describeStatus(code);
  response.statusCode = code.startsWith('ENR-AUT-') ? 401 : (STATUS_OF[code] ?? 422);
  response.end(JSON.stringify({ error: code, reason: sentence, next }));
}

async function take(
  one: Asked,
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Map<string, Buffer>,
): Promise<void> {
  if (one.method === 'POST') {
    const { rid, digest } = metadataOf(String(request.headers['upload-metadata']));
    if (!bytes.has(rid)) bytes.set(rid, Buffer.alloc(0));
    lengths.set(rid, Number(request.headers['upload-length']));
    response.writeHead(201, { location: `/uploads/${uploadId(rid, digest)}` }).end();
    return;
  }
  const begun = bytes.get(one.rid);
  if (!begun) return void response.writeHead(404).end();
  if (one.method === 'HEAD') {
    response.writeHead(200, { 'upload-offset': begun.byteLength, 'upload-length': lengths.get(one.rid) }).end();
    return;
  }
  const parts = [begun];
  for await (const part of request) parts.push(part);
  const all = Buffer.concat(parts);
  bytes.set(one.rid, all);
  response.writeHead(204, { 'upload-offset': all.byteLength }).end();
}
