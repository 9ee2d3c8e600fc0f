/** Turns whatever went wrong into the one kind of answer that the gateway gives: a status, a code, and what to do. */
import { describeStatus, type StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { isLateAnswer } from './late-answer.ts';
import { currentRequestId } from './request-id.ts';

const HTTP_STATUS: Partial<Record<StatusCode, number>> = {
  'ENR-AUT-001': 401,
  'ENR-AUT-002': 401,
  'ENR-AUT-003': 401,
  'ENR-AUT-004': 401,
  'ENR-AUT-005': 403,
  'ENR-AUT-006': 403,
  'ENR-AUT-007': 403,
  'ENR-TRU-002': 403,
  'ENR-TRU-003': 403,
  'ENR-TRU-004': 409,
  'ENR-TRU-005': 403,
  'ENR-TRU-006': 409,
  'ENR-TRU-008': 409,
  'ENR-TRU-009': 409,
  'ENR-TRU-010': 409,
  'ENR-TRU-011': 403,
  'ENR-WEB-001': 404,
  'ENR-WEB-002': 503,
  'ENR-WEB-006': 400,
  'ENR-WEB-007': 405,
  'ENR-WEB-008': 429,
  'ENR-WEB-009': 403,
  'ENR-WEB-010': 403,
  'ENR-WEB-011': 503,
  'ENR-PPL-001': 401,
  'ENR-PPL-002': 401,
  'ENR-PPL-003': 429,
  'ENR-PPL-004': 401,
  'ENR-PPL-005': 401,
  'ENR-PPL-006': 401,
  'ENR-PPL-007': 503,
  'ENR-PPL-009': 404,
  'ENR-PPL-010': 409,
  'ENR-PPL-011': 409,
  'ENR-PPL-012': 409,
  'ENR-PPL-013': 409,
  'ENR-PPL-015': 403,
  'ENR-PPL-016': 403,
  'ENR-AUD-001': 503,
  'ENR-STG-009': 401,
  'ENR-STG-010': 404,
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

/** A body that has not the form which the route expects. */
export class UnexpectedForm extends EnrouteError {
  /** Where, e.g. "roles.0"; "" is the whole. Of use to whoever sent it, and kept out of the log. */
  readonly places: readonly string[];

  constructor(places: readonly string[]) {
    super('ENR-WEB-006');
    this.places = places;
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

export interface RefusalBody {
  readonly error: StatusCode;
  readonly reason: string;
  readonly next: string;
  /** Which request it was; absent before there is one. */
  readonly request?: string;
}

export function refusalBody(code: StatusCode): RefusalBody {
  const { sentence, next } = describeStatus(code);
  const request = currentRequestId();
  return { error: code, reason: sentence, next, ...(request === undefined ? {} : { request }) };
}

export function refuse(response: Response, code: StatusCode, status = httpStatusOf(code), more: object = {}): void {
  if (response.headersSent) response.end(JSON.stringify({ ...refusalBody(code), status }));
  // Also where the headers for browsers are left out: whoever got lost here with one gets nothing but text.
  else
    response
      .status(status)
      .set('X-Content-Type-Options', 'nosniff')
      .json({ ...refusalBody(code), ...more });
}

export const notFound: RequestHandler = (_request, response) => refuse(response, 'ENR-WEB-001');

/** The last handler: nothing that went wrong leaves without a code, and no message of ours tells more than that. */
export function answerErrors(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent && !isLateAnswer(response)) return next(error);
    if (error instanceof EnrouteError) {
      log.info({ code: error.code, detail: error.detail, path: loggedPath(request.path) }, 'refused');
      if (!response.headersSent) response.set(headersOfRefusal(error));
      const more = error instanceof UnexpectedForm ? { places: error.places } : {};
      return refuse(response, error.code, statusOfRefusal(error), more);
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
