/** A JSON body as a route expects it, or a refusal that says where it is wrong. */
import express, { type Request, type RequestHandler, type Response } from 'express';
import type { z } from 'zod';
import { RefusalWithHeaders, UnexpectedForm } from './refuse.ts';

/** The first are enough to mend a request by. */
const MOST_PLACES = 20;
const MOST_PLACE_CHARS = 200;

/** @param maxBytes of what comes out when the body is compressed */
export function jsonReader(maxBytes: number): (request: Request, response: Response) => Promise<unknown> {
  const parse: RequestHandler = express.json({ limit: maxBytes });
  return async (request, response) => {
    await new Promise<void>((resolve, reject) => {
      Promise.resolve(parse(request, response, (error?: unknown) => (error ? reject(error) : resolve()))).catch(reject);
    });
    if (request.body === undefined && hasBody(request)) throw new RefusalWithHeaders('ENR-WEB-003', {}, 415);
    return request.body;
  };
}

/** @throws RefusalWithHeaders ENR-WEB-003 when something was sent: for routes to which nothing is. */
export function refuseBody(request: Request): void {
  if (hasBody(request)) throw new RefusalWithHeaders('ENR-WEB-003', {}, 400);
}

/** @throws UnexpectedForm with the places that are wrong, and not what stands there. */
export function expectForm<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map(({ path }) => path.join('.').slice(0, MOST_PLACE_CHARS));
  throw new UnexpectedForm([...new Set(places)].slice(0, MOST_PLACES));
}

export function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
