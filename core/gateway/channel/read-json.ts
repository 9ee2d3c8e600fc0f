import { promisify } from 'node:util';
import express, { type Request, type Response } from 'express';

/**
 * Reads a body of JSON, of at most so many bytes when it is inflated.
 * @throws what `express.json` throws, with the status that it has
 */
export function jsonBody(maxBytes: number): (request: Request, response: Response) => Promise<unknown> {
  const parse = promisify(express.json({ limit: maxBytes }));
  return async (request, response) => {
    await parse(request, response);
    return request.body;
  };
}
