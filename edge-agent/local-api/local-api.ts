/**
 * The station's own small API, on loopback, for the window and for scripts: how it stands, and its queue. It needs the
 * token that the station was started with, because other programs run on this machine too.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeStatus, type StatusCode } from '@enroute/shared/status/codes.ts';
import { isSameSecret } from '@enroute/sync/settings/secrets.ts';
import express, { type ErrorRequestHandler, type Response } from 'express';
import { z } from 'zod';
import type { Station } from '../station.ts';

export interface LocalApi {
  /** e.g. "http://127.0.0.1:40124/" */
  readonly url: string;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const limitSchema = z.coerce.number().int().min(1).max(1000).default(100);

export async function startLocalApi(station: Station, token: string, port: number): Promise<LocalApi> {
  const app = express();
  app.disable('x-powered-by');
  app.use((request, response, next) => {
    // A page in a browser that was lured to this port comes with another host name, or with an origin.
    const local = request.hostname === HOST && request.get('origin') === undefined;
    if (!local || !isSameSecret(request.get('authorization') ?? '', `Bearer ${token}`))
      return refuse(response, 401, 'ENR-AUT-001');
    response.set('Cache-Control', 'no-store');
    next();
  });
  app.get('/status', async (_request, response) => {
    response.json(await station.status());
  });
  app.get('/queue', async (request, response) => {
    const limit = limitSchema.safeParse(request.query.limit);
    if (!limit.success) return refuse(response, 422, 'ENR-WEB-003');
    response.json(await station.queue(limit.data));
  });
  app.get('/tasks', async (_request, response) => {
    response.json(await station.openTasks());
  });
  app.use((_request, response) => refuse(response, 404, 'ENR-WEB-001'));
  app.use(answerErrors);

  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}/`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Express would answer with the error's stack. What failed stands in the station's log. */
const answerErrors: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error);
  refuse(response, 503, 'ENR-WEB-002');
};

function refuse(response: Response, status: number, code: StatusCode): void {
  const { sentence, next } = describeStatus(code);
  response.status(status).json({ error: code, reason: sentence, next });
}
