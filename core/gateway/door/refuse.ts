/** Turns whatever went wrong into the one kind of answer that the gateway gives: a status, a code, and what to do. */
import { describeStatus, type StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { isLateAnswer } from './late-answer.ts';

const HTTP_STATUS: Partial<Record<StatusCode, number>> = {
  'ENR-AUT-001': 401,
  'ENR-AUT-002': 401,
  'ENR-AUT-003': 401,
  'ENR-AUT-004': 401,
  'ENR-AUT-005': 403,
  'ENR-AUT-006': 403,
  'ENR-WEB-001': 404,
  'ENR-WEB-002': 503,
  'ENR-WEB-004': 401,
  'ENR-UPL-001': 409,
  'ENR-UPL-005': 409,
  // What tus's extension "checksum" calls a mismatch.
  'ENR-UPL-006': 460,
  'ENR-UPL-007': 503,
  'ENR-PKT-009': 413,
};

/** A refusal whose answer has more to say than its code. */
export class RefusalWithHeaders extends EnrouteError {
  readonly headers: Readonly<Record<string, string>>;
  /** Where it is not the usual one of the code. */
  readonly status: number | undefined;

  constructor(code: StatusCode, headers: Readonly<Record<string, string>>, status?: number) {
    super(code);
    this.headers = headers;
    this.status = status;
  }
}

export function httpStatusOf(code: StatusCode): number {
  return HTTP_STATUS[code] ?? 422;
}

export function statusOfRefusal(error: EnrouteError): number {
  return (error instanceof RefusalWithHeaders ? error.status : undefined) ?? httpStatusOf(error.code);
}

export function headersOfRefusal(error: EnrouteError): Readonly<Record<string, string>> {
  return error instanceof RefusalWithHeaders ? error.headers : {};
}

export function refusalBody(code: StatusCode): { error: StatusCode; reason: string; next: string } {
  const { sentence, next } = describeStatus(code);
  return { error: code, reason: sentence, next };
}

function refuse(response: Response, code: StatusCode, status = httpStatusOf(code)): void {
  if (response.headersSent) response.end(JSON.stringify({ ...refusalBody(code), status }));
  // Also where the headers for browsers are left out: whoever got lost here with one gets nothing but text.
  else response.status(status).set('X-Content-Type-Options', 'nosniff').json(refusalBody(code));
}

export const notFound: RequestHandler = (_request, response) => refuse(response, 'ENR-WEB-001');

/** The last handler: nothing that went wrong leaves without a code, and no message of ours tells more than that. */
export function answerErrors(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent && !isLateAnswer(response)) return next(error);
    if (error instanceof EnrouteError) {
      log.info({ code: error.code, detail: error.detail, path: loggedPath(request.path) }, 'refused');
      if (!response.headersSent) response.set(headersOfRefusal(error));
      return refuse(response, error.code, statusOfRefusal(error));
    }
    const status = (error as { status?: unknown }).status;
    if (typeof status === 'number' && status >= 400 && status < 500) {
      // Express: a body that is too long, or is no JSON.
      return refuse(response, 'ENR-WEB-003', status);
    }
    log.error({ err: error, path: loggedPath(request.path) }, 'request failed');
    return refuse(response, 'ENR-WEB-002');
  };
}

const OWN_PATHS = /^\/(?:channel-\d{10}|uploads|console)(?:\/(?:_[a-z_]+|\d{29}\.[0-9a-f]{32}))?$/;

/** An address of ours; anybody can ask for another, and put into it what belongs into no log. */
function loggedPath(path: string): string {
  return OWN_PATHS.test(path) ? path : 'another';
}
