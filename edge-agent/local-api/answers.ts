/** How the local API answers: failures in the words of the table, and what takes long line by line. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ErrorRequestHandler, Response } from 'express';
import { type Failure, failureOf, failureOfCode } from './failure.ts';

const STATUS_OF: Readonly<Record<string, number>> = {
  'ENR-AUT-001': 401,
  'ENR-STN-005': 401,
  'ENR-APR-001': 403,
  'ENR-APR-002': 403,
  'ENR-STN-013': 403,
  'ENR-WEB-001': 404,
  'ENR-STN-008': 404,
  'ENR-STN-009': 409,
  'ENR-STN-011': 409,
  'ENR-STN-012': 409,
  'ENR-STN-007': 423,
  'ENR-WEB-002': 503,
  'ENR-STN-002': 503,
  'ENR-STN-003': 503,
  'ENR-STN-004': 503,
  'ENR-STN-006': 503,
  'ENR-STN-010': 503,
  'ENR-CRR-007': 507,
  'ENR-STN-001': 507,
  'ENR-LIM-001': 507,
};
/** Whatever else has a code is about what was sent: it was understood, and is not taken. */
const REFUSED = 422;

export function refuse(response: Response, failure: Failure): void {
  response.status(STATUS_OF[failure.error] ?? REFUSED).json(failure);
}

/** Express would answer with the error's stack. What nobody foresaw is told as such and nothing more. */
export const answerErrors: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error);
  refuse(response, toldFailure(error));
};

function toldFailure(error: unknown): Failure {
  // A body that is no JSON, or too long: body-parser's errors carry it, and have a status below 500.
  const isUnreadable = error instanceof Error && 'status' in error && Number(error.status) < 500;
  return failureOf(error) ?? failureOfCode(isUnreadable ? 'ENR-WEB-003' : 'ENR-WEB-002');
}

/**
 * Answers with one JSON object a line, as they come. What fails before the first is an answer as any other; after it, the
 * failure is the last line. Whoever hangs up ends the work after the object in hand.
 */
export async function answerLines(response: Response, objects: AsyncIterable<object>): Promise<void> {
  const rest = objects[Symbol.asyncIterator]();
  const first = await rest.next();
  response.type('application/x-ndjson');
  await pipeline(Readable.from(linesOf(first, rest)), response).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

async function* linesOf(first: IteratorResult<object>, rest: AsyncIterator<object>): AsyncGenerator<string> {
  try {
    for (let step = first; !step.done; step = await rest.next()) yield `${JSON.stringify(step.value)}\n`;
  } catch (error) {
    yield `${JSON.stringify(toldFailure(error))}\n`;
  } finally {
    await rest.return?.();
  }
}
