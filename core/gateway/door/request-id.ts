/**
 * The short name of each request: in every line of the log about it, in the body of every refusal, and told to people in a
 * header. So whoever was refused can say which request it was, and the line is found.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { Request } from 'express';
import type { Logger } from 'pino';

export const REQUEST_ID_HEADER = 'X-Request-Id';

/** Enough to tell the requests of some days apart. */
const ID_BYTES = 6;
const WELL_FORMED = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/;

const running = new AsyncLocalStorage<string>();

/**
 * The request's id: that of a proxy which is trusted, so that its log and ours name the same one; otherwise a new one. What
 * anybody else sends could be another's id, or a line of a log.
 */
export function requestIdOf(request: Request, isFromTrustedProxy: boolean): string {
  const told = isFromTrustedProxy ? request.get(REQUEST_ID_HEADER) : undefined;
  return told !== undefined && WELL_FORMED.test(told) ? told : randomBytes(ID_BYTES).toString('base64url');
}

/** Whatever `work` begins knows the id, however much later. */
export function withRequestId(requestId: string, work: () => void): void {
  running.run(requestId, work);
}

/** The request that is being answered; undefined outside of one. */
export function currentRequestId(): string | undefined {
  return running.getStore();
}

/** The same log, whose lines name the request that they are about. */
export function namingRequests(log: Logger): Logger {
  const named = (line: object): object => {
    const request = currentRequestId();
    return request === undefined ? line : { ...line, request };
  };
  return log.child({}, { formatters: { log: named } });
}
