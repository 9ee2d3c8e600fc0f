/**
 * The supervisor's page and what it shows, behind an access link: whoever opens the link that the core printed gets a
 * cookie; nobody else sees anything.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { isSameSecret } from '@enroute/sync/settings/secrets.ts';
import express, { type Request, type RequestHandler, Router } from 'express';
import type { StationStatus } from '../../ops/station-status-schema.ts';

export interface ConsoleRoutesOptions {
  /** The secret in the access link. */
  readonly token: string;
  /** Folder of the built page. */
  readonly page: string;
  readonly statuses: () => Promise<StationStatus[]>;
  /** How often it is looked whether something has changed. */
  readonly refreshMs?: number;
}

const COOKIE = 'enroute-console';
const COOKIE_PATTERN = new RegExp(`(?:^|; )${COOKIE}=([A-Za-z0-9_-]{1,128})(?:;|$)`);
const REFRESH_MS = 2_000;

export function consoleRoutes(given: ConsoleRoutesOptions): Router {
  const options = { ...given, statuses: atMostEvery(given.refreshMs ?? REFRESH_MS, given.statuses) };
  const router = Router();
  router.get('/', enter(options.token));
  router.use(guard(options.token));
  router.get('/api/stations', async (_request, response) => {
    response.set('Cache-Control', 'no-store').json(await options.statuses());
  });
  router.get('/api/stations/live', live(options));
  router.use(express.static(options.page, { index: 'index.html', maxAge: '1h' }));
  return router;
}

/** `?token=…` is exchanged for a cookie and leaves the address bar at once. */
function enter(token: string): RequestHandler {
  return (request, response, next) => {
    if (typeof request.query.token !== 'string') return next();
    if (!isSameSecret(request.query.token, token)) throw new EnrouteError('ENR-WEB-004');
    // Not 'strict': the link stands in a chat or a mail, and a click there is a navigation from another site, on which a
    // browser keeps strict cookies to itself. Behind this cookie are only GETs, which change nothing.
    response.cookie(COOKIE, badge(token), {
      httpOnly: true,
      sameSite: 'lax',
      path: '/console',
      secure: request.secure,
    });
    response.redirect('/console/');
  };
}

function guard(token: string): RequestHandler {
  return (request, _response, next) => {
    const shown = COOKIE_PATTERN.exec(request.get('cookie') ?? '')?.[1];
    if (!shown || !isSameSecret(shown, badge(token))) throw new EnrouteError('ENR-WEB-004');
    next();
  };
}

/** What the cookie holds in place of the secret, which may have characters that a cookie can't hold. */
function badge(token: string): string {
  return createHash('sha256').update(`${COOKIE} ${token}`).digest('base64url');
}

/** Asks once at a time, and again no sooner than a while after the answer, for however many look on. */
function atMostEvery<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let latest: Promise<T> | undefined;
  const forget = (): void => {
    setTimeout(() => {
      latest = undefined;
    }, ms).unref();
  };
  return () => {
    if (latest) return latest;
    latest = ask();
    latest.then(forget, forget);
    return latest;
  };
}

/** Server-sent events: the stations' status whenever it has changed. */
function live({ statuses: ask, refreshMs = REFRESH_MS }: ConsoleRoutesOptions): RequestHandler {
  return async (request: Request, response) => {
    const gone = new AbortController();
    request.on('close', () => gone.abort());
    response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
    response.flushHeaders();
    let shown = '';
    while (!gone.signal.aborted) {
      const statuses = JSON.stringify(await ask());
      // A comment keeps the connection alive, and finds out when it is not.
      response.write(statuses === shown ? ': still here\n\n' : `data: ${statuses}\n\n`);
      shown = statuses;
      await sleep(refreshMs, undefined, { signal: gone.signal }).catch(() => undefined);
    }
  };
}
