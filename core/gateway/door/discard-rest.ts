/**
 * What becomes of a request that was answered before all of it had come, such as an upload whose part was damaged. To
 * close its connection at once would reset it, and a client that is still sending might never see the answer. So what it
 * still sends is thrown away for a while; a client that has read the answer stops by itself.
 */
import type { RequestHandler } from 'express';

const PATIENCE_MS = 10_000;

/** Guards the routes behind it. */
export function discardRest(patienceMs = PATIENCE_MS): RequestHandler {
  return (request, response, next) => {
    response.once('finish', () => {
      if (request.complete) return;
      const timer = setTimeout(() => request.destroy(), patienceMs);
      request.once('close', () => clearTimeout(timer));
      request.resume();
    });
    next();
  };
}
