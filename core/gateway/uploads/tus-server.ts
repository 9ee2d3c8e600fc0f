/** tus's own server, which says no in the same words as the rest of the gateway. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { Server, type ServerOptions } from '@tus/server';
import { ERRORS } from '@tus/utils';
import type { Logger } from 'pino';
import { headersOfRefusal, httpStatusOf, refusalBody, statusOfRefusal } from '../door/refuse.ts';
import { refusalOfFullDisk } from './admission.ts';
import { bodyOf, patchBody } from './patch-body.ts';

type Written = Parameters<Server['write']>;

/** Most of what tus refuses is a request that no client of ours makes. */
const CODES: Readonly<Record<number, StatusCode>> = {
  404: 'ENR-WEB-001',
  // Another offset than the core has: the station asks for it and goes on from there.
  409: 'ENR-WEB-002',
  410: 'ENR-WEB-001',
  413: 'ENR-UPL-002',
  500: 'ENR-WEB-002',
};

/** What only a browser needs, and the order to close the connection (see `handle`). */
const LEFT_OUT = /^(?:access-control-.*|connection)$/;

/** A request that is asked to make room has written what came; there is nothing else to wait for. */
const LOCK_DRAIN_MS = 1;

export interface Handling {
  /** Ends the body as a broken connection does; there still is somebody to be told how far it has got. */
  readonly displaced?: AbortSignal;
  /** Called when tus is done, for what it says nothing of. */
  readonly beforeAnswer?: () => Promise<void>;
}

export class TusServer extends Server {
  readonly #refusals = new WeakMap<object, EnrouteError>();

  constructor(
    options: Omit<ServerOptions, 'onResponseError'> & { readonly datastore: Server['datastore'] },
    log: Logger,
  ) {
    super({
      lockDrainTimeout: LOCK_DRAIN_MS,
      ...options,
      onResponseError: (request, error) => {
        const refusal = error instanceof EnrouteError ? error : refusalOfFullDisk(error, Math.random());
        if (refusal) {
          this.#refusals.set(request, refusal);
          return { status_code: statusOfRefusal(refusal), body: JSON.stringify(refusalBody(refusal.code)) };
        }
        if (!('status_code' in error)) log.error({ err: error }, 'upload failed');
        return undefined;
      },
    });
  }

  /**
   * As tus's own, with two differences. A connection that breaks is the end of the body and not a failure, so what came
   * is kept. And an answer to a request that is still sending does not close the connection: that would reset it, and
   * the answer be lost on the way.
   */
  override async handle(
    request: IncomingMessage,
    response: ServerResponse,
    { displaced, beforeAnswer }: Handling = {},
  ): Promise<void> {
    const body = request.method === 'PATCH' ? bodyOf(request, displaced) : undefined;
    const asked = new Request(new URL(request.url ?? '', 'http://gateway'), {
      method: request.method ?? '',
      headers: headersOf(request),
    });
    const answer = await (body ? patchBody.run(body, () => this.handleWeb(asked)) : this.handleWeb(asked));
    if (displaced?.reason instanceof EnrouteError) throw displaced.reason;
    for (const [name, value] of answer.headers) if (!LEFT_OUT.test(name)) response.setHeader(name, value);
    const refusal = this.#refusals.get(asked);
    for (const [name, value] of Object.entries(refusal ? headersOfRefusal(refusal) : {}))
      response.setHeader(name, value);
    response.statusCode = answer.status;
    await beforeAnswer?.();
    response.end(await answer.text());
    if (!body || request.complete) return;
    body.end();
    request.resume();
  }

  /** Whoever wants the lock of an upload has the body end that is being written. */
  protected override createContext(): ReturnType<Server['createContext']> {
    const context = super.createContext();
    const body = patchBody.getStore();
    if (body) context.signal.addEventListener('abort', body.end, { once: true });
    return context;
  }

  /** tus answers errors with a line of text, which may name a file: they leave with a code instead. */
  override write(...[context, headers, status, body]: Written): ReturnType<Server['write']> {
    if (status < 400) return super.write(context, headers, status, body);
    headers.set('Content-Type', 'application/json; charset=utf-8');
    headers.set('X-Content-Type-Options', 'nosniff');
    if (isOurs(body)) return super.write(context, headers, status, body);
    if (body === ERRORS.ABORTED.body) return this.#writeRefusal(context, headers, 503, 'ENR-WEB-002');
    const code = CODES[status] ?? 'ENR-UPL-004';
    return this.#writeRefusal(context, headers, status < 500 ? status : httpStatusOf(code), code);
  }

  #writeRefusal(context: Written[0], headers: Written[1], status: number, code: StatusCode) {
    return super.write(context, headers, status, JSON.stringify(refusalBody(code)));
  }
}

function isOurs(body: string | undefined): body is string {
  return body?.startsWith('{"error":"ENR-') ?? false;
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  return headers;
}
