/** What is refused of a request before anybody looks at what it asks for: how it is written, and how many come at once. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { refusalBody } from './refuse.ts';

/** Browsers send about twenty, stations ten. */
const MOST_HEADERS = 100;
/** Requests on one connection that wait for their answers. Nobody whom we know sends a second one before the first. */
const MOST_AT_ONCE = 8;

/** Where HTTP leaves no way to answer, the connection is closed. */
export function guarded(app: RequestListener): RequestListener {
  const atOnce = new WeakMap<object, number>();
  return (request, response) => {
    const { socket } = request;
    const waiting = (atOnce.get(socket) ?? 0) + 1;
    // What would be said now had to stand behind the answers that are not there yet.
    if (waiting > MOST_AT_ONCE) return void socket.destroy();
    atOnce.set(socket, waiting);
    response.once('close', () => atOnce.set(socket, (atOnce.get(socket) ?? 1) - 1));
    const status = refusedStatusOf(request);
    if (status === undefined) return app(request, response);
    answerAndClose(response, status, 'ENR-WEB-003');
  };
}

function refusedStatusOf({ rawHeaders, httpVersion, url = '' }: IncomingMessage): number | undefined {
  // We are nobody's proxy: what is asked for lies here. Express would answer some of the others without a code.
  if (!url.startsWith('/')) return 400;
  if (rawHeaders.length / 2 > MOST_HEADERS) return 431;
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length;
  // Node takes a line without a version for HTTP/0.9, and answers it.
  const isSpoken = httpVersion === '1.0' || (httpVersion === '1.1' && hosts === 1);
  return isSpoken && hosts <= 1 ? undefined : 400;
}

export function answerAndClose(response: ServerResponse, status: number, code: StatusCode): void {
  const body = JSON.stringify(refusalBody(code));
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  });
  response.end(body);
}
