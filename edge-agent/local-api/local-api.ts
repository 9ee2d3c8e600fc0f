/**
 * The station's own small API, on loopback, for the command line and for scripts. It needs the token that the station was
 * started with, because other programs run on this machine too; whoever enrols or approves signs in with each request.
 * docs/operations.md lists the routes.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isSameSecret } from '@enroute/sync/settings/secrets.ts';
import express, { type Express, type RequestHandler } from 'express';
import type { Station } from '../station.ts';
import { helloQuerySchema, proofOf } from './agent-proof.ts';
import { answerErrors, answerLines, refuse } from './answers.ts';
import { failureOfCode } from './failure.ts';
import type { FrontDesk, Status } from './front-desk.ts';
import { openFrontDesk } from './open-front-desk.ts';
import { BODIES, listQuerySchema, read } from './requests.ts';
import { steerLink } from './steer-link.ts';
import { statusOf } from './views.ts';

export interface LocalApi {
  /** e.g. "http://127.0.0.1:40124/" */
  readonly url: string;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
/** Enrolments come by path; the longest body is a list of paths. */
const MAX_BODY_BYTES = 512 * 1024;

/** @param port 0 for any that is free */
export async function startLocalApi(station: Station, token: string, port: number): Promise<LocalApi> {
  const status = async (): Promise<Status> => {
    const now = await station.status();
    return statusOf(now, now);
  };
  const desk = openFrontDesk(station, status, (order) => steerLink(station.link, order));
  const app = express();
  app.disable('x-powered-by');
  app.use(demandLocal);
  // Before the token is demanded: nobody needs to show it to whoever has not shown that they know it.
  app.get('/hello', (request, response) => {
    const { nonce } = read(helloQuerySchema, request.query);
    response.json({ proof: proofOf(token, nonce, `${HOST}:${request.socket.localPort}`) });
  });
  app.use(demandToken(token));
  app.use(express.json({ limit: MAX_BODY_BYTES }));
  answerQuestions(app, desk);
  takeOrders(app, desk);
  app.use((_request, response) => refuse(response, failureOfCode('ENR-WEB-001')));
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

/** A page in a browser that was lured to this port comes with another host name, or with an origin. */
const demandLocal: RequestHandler = (request, response, next) => {
  const local = request.hostname === HOST && request.get('origin') === undefined;
  if (!local) return refuse(response, failureOfCode('ENR-AUT-001'));
  response.set('Cache-Control', 'no-store');
  next();
};

function demandToken(token: string): RequestHandler {
  return (request, response, next) => {
    if (isSameSecret(request.get('authorization') ?? '', `Bearer ${token}`)) return next();
    refuse(response, failureOfCode('ENR-AUT-001'));
  };
}

function answerQuestions(app: Express, desk: FrontDesk): void {
  app.get('/status', async (_request, response) => {
    response.json(await desk.status());
  });
  app.get('/queue', async (request, response) => {
    response.json(await desk.list(read(listQuerySchema, request.query)));
  });
  app.get('/packets/:rid', async (request, response) => {
    response.json(await desk.show(request.params.rid));
  });
  app.get('/tasks', async (_request, response) => {
    response.json(await desk.tasks());
  });
}

function takeOrders(app: Express, desk: FrontDesk): void {
  app.post('/link', async (request, response) => {
    response.json(await desk.steerLink(read(BODIES.link, request.body).order));
  });
  app.post('/check', async (request, response) => {
    const { captureFolder, ...operator } = read(BODIES.check, request.body);
    response.json(await desk.check(captureFolder, operator));
  });
  app.post('/enrol', async (request, response) => {
    const { captureFolder, draft, ...operator } = read(BODIES.enrol, request.body);
    response.status(201).json(await desk.enrol({ captureFolder, draft }, operator));
  });
  app.post('/import', (request, response) => {
    const { person, password, ...order } = read(BODIES.import, request.body);
    return answerLines(response, desk.import(order, { person, password }));
  });
  app.post('/drafts', async (request, response) => {
    const { captureFolder, draft, ...operator } = read(BODIES.saveDraft, request.body);
    response.status(201).json({ rid: await desk.saveDraft({ captureFolder, draft }, operator) });
  });
  app.post('/drafts/discard', async (request, response) => {
    const { rid, ...operator } = read(BODIES.discardDraft, request.body);
    await desk.discardDraft(rid, operator);
    response.json({ rid });
  });
  app.post('/review', async (request, response) => {
    const { rid, ...supervisor } = read(BODIES.review, request.body);
    response.json(await desk.review(rid, supervisor));
  });
  app.post('/approve', async (request, response) => {
    const { rids, ...supervisor } = read(BODIES.approve, request.body);
    response.json(await desk.approve(rids, supervisor));
  });
  app.post('/reject', async (request, response) => {
    const { rids, reason, ...supervisor } = read(BODIES.reject, request.body);
    response.json(await desk.reject(rids, reason, supervisor));
  });
  app.post('/verify', (request, response) => {
    return answerLines(response, desk.verify(read(BODIES.verify, request.body).rid));
  });
  app.post('/release', (request, response) => {
    read(BODIES.release, request.body);
    return answerLines(response, desk.release());
  });
  app.post('/export', (request, response) => {
    return answerLines(response, desk.exportBundle(read(BODIES.exportBundle, request.body)));
  });
  app.post('/import-bundles', (request, response) => {
    return answerLines(response, desk.importBundles(read(BODIES.importBundles, request.body).bundles));
  });
}
