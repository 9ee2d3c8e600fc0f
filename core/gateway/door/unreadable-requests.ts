/**
 * What Node refuses before there is a request that anybody could answer: no HTTP at all, headers without end, headers that
 * do not come. It too leaves with a code.
 */
import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { refusalBody } from './refuse.ts';
import { answerAndClose } from './request-guards.ts';

interface Refused {
  readonly status: number;
  readonly code: StatusCode;
}

/** The statuses are Node's own. */
const REFUSALS: Readonly<Record<string, Refused>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'ENR-WEB-003' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, code: 'ENR-WEB-003' },
  // The link was too slow for it; nothing is wrong with what the station wanted to send.
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'ENR-WEB-002' },
};

export function answerUnreadable(server: Server): void {
  /** Connections on which an answer is under way: nothing may be put into the midst of it. */
  const answering = new WeakMap<object, { readonly headersSent: boolean; readonly writableFinished: boolean }>();
  server.on('request', (request, response) => answering.set(request.socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, duplex) => {
    // Both of Node's servers hand on sockets.
    const socket = duplex as Socket;
    const refused = refusalOf(error);
    const answer = answering.get(socket);
    const isInAnswer = answer?.headersSent && !answer.writableFinished;
    if (!refused || isInAnswer || !socket.writable) return void socket.destroy();
    socket.end(messageOf(refused), () => socket.destroy());
  });
  // Node would close the connection without a word, and answer the other without a code.
  server.on('connect', (_request, socket) => {
    socket.on('error', () => undefined);
    socket.end(messageOf({ status: 405, code: 'ENR-WEB-007' }), () => socket.destroy());
  });
  server.on('checkExpectation', (_request, response) => answerAndClose(response, 417, 'ENR-WEB-003'));
}

/** Undefined when the connection itself has failed, its TLS say: there is nobody who could read an answer. */
function refusalOf({ code = '' }: NodeJS.ErrnoException): Refused | undefined {
  return REFUSALS[code] ?? (code.startsWith('HPE_') ? { status: 400, code: 'ENR-WEB-003' } : undefined);
}

function messageOf({ status, code }: Refused): string {
  const body = JSON.stringify(refusalBody(code));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
