/** tus's own server, which says no in the same words as the rest of the gateway. */
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { Server, type ServerOptions } from '@tus/server';
import { ERRORS } from '@tus/utils';
import type { Logger } from 'pino';
import { httpStatusOf, refusalBody } from './refuse.ts';

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

export class TusServer extends Server {
  constructor(
    options: Omit<ServerOptions, 'onResponseError'> & { readonly datastore: Server['datastore'] },
    log: Logger,
  ) {
    super({
      ...options,
      onResponseError: (_request, error) => {
        if (error instanceof EnrouteError) {
          return { status_code: httpStatusOf(error.code), body: JSON.stringify(refusalBody(error.code)) };
        }
        if (!('status_code' in error)) log.error({ err: error }, 'upload failed');
        return undefined;
      },
    });
  }

  /** tus answers errors with a line of text, which may name a file: they leave with a code instead. */
  override write(...[context, headers, status, body]: Written): ReturnType<Server['write']> {
    if (status < 400) return super.write(context, headers, status, body);
    headers.set('Content-Type', 'application/json; charset=utf-8');
    if (isOurs(body)) return super.write(context, headers, status, body);
    const code = codeOf(status, body);
    return super.write(context, headers, status < 500 ? status : httpStatusOf(code), JSON.stringify(refusalBody(code)));
  }
}

function isOurs(body: string | undefined): body is string {
  return body?.startsWith('{"error":"ENR-') ?? false;
}

function codeOf(status: number, body: string | undefined): StatusCode {
  // The request made room for a newer one on the same upload.
  if (body === ERRORS.ABORTED.body) return 'ENR-WEB-002';
  return CODES[status] ?? 'ENR-UPL-004';
}
