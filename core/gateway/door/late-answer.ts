/**
 * An answer whose status had to be sent before it was known: a long poll that is kept alive. What goes wrong afterwards can
 * be told in its body only.
 */
import type { Response } from 'express';

/** Sends the status, and has failures told in the body from here on. */
export function beginLateAnswer(response: Response): Response {
  response.locals.late = true;
  return response.headersSent ? response : response.status(200).type('json');
}

export function isLateAnswer(response: Response): boolean {
  return response.locals.late === true && !response.writableEnded;
}
