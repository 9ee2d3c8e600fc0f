/** A gateway that serves the real console routes behind the gateway's headers, over stations that the test makes up. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { pino } from 'pino';
import { answerErrors } from '../gateway/door/refuse.ts';
import { securityHeaders } from '../gateway/door/security-headers.ts';
import { consoleRoutes } from '../gateway/people/console-routes.ts';
import type { StationStatus } from '../ops/station-status-schema.ts';

const HOST = '127.0.0.1';
/** Tests wait for changes; a supervisor does not notice seconds. */
const REFRESH_MS = 100;
export const TOKEN = 'a-token-for-tests';

export interface TestGateway {
  readonly url: string;
  statuses: StationStatus[];
  stop(): Promise<void>;
}

/** @param port 0 for any free one; a restarted core comes back under the same. */
export async function startGateway(
  page: string,
  statuses: StationStatus[],
  { port = 0, token = TOKEN }: { readonly port?: number; readonly token?: string } = {},
): Promise<TestGateway> {
  const app = express();
  app.use(securityHeaders());
  app.use('/console', consoleRoutes({ token, page, statuses: async () => gateway.statuses, refreshMs: REFRESH_MS }));
  app.use(answerErrors(pino({ level: 'silent' })));
  const listening = await listen(createServer(app), port);
  const gateway: TestGateway = { url: `http://${HOST}:${listening.port}/console/`, statuses, stop: listening.stop };
  return gateway;
}

/** Some other web site with one page: to a browser `localhost` is not the site that 127.0.0.1 is. */
export async function startSite(html: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = createServer((_request, response) => void response.setHeader('Content-Type', 'text/html').end(html));
  const { port, stop } = await listen(server, 0);
  return { url: `http://localhost:${port}/`, stop };
}

async function listen(server: Server, port: number): Promise<{ readonly port: number; stop(): Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(port, HOST, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

const ago = (ageMs: number): string => new Date(Date.now() - ageMs).toISOString();

export function statusOf(station: string, change: Partial<StationStatus> = {}): StationStatus {
  return {
    station,
    lastSeen: ago(3 * SECOND_MS),
    waiting: { packets: 0, bytes: 0, oldest: null },
    setAside: 0,
    clockOffsetMs: 0,
    software: 'enroute 0.1.0',
    came: { announced: 0, inProcess: 0, waitingForCorrection: 0, needsAttention: 0, completed: 0, rejected: 0 },
    ...change,
  };
}

/** One of each kind: well, behind, late, silent, never seen. */
export function manyStations(): StationStatus[] {
  const came = { announced: 2, inProcess: 4, waitingForCorrection: 1, needsAttention: 0, completed: 1318, rejected: 6 };
  return [
    statusOf('1000110001', { came }),
    statusOf('1000110002', {
      waiting: { packets: 37, bytes: 41_300_000, oldest: ago(5 * HOUR_MS) },
      clockOffsetMs: 12_000,
      came: { ...came, completed: 964, inProcess: 21, waitingForCorrection: 3 },
    }),
    statusOf('1000210001', {
      lastSeen: ago(7 * MINUTE_MS),
      waiting: { packets: 2, bytes: 2_150_000, oldest: ago(40 * MINUTE_MS) },
      setAside: 1,
      clockOffsetMs: -18 * MINUTE_MS,
      came: { ...came, completed: 402 },
    }),
    statusOf('2000310004', {
      lastSeen: ago(3 * 24 * HOUR_MS + HOUR_MS),
      waiting: { packets: 118, bytes: 131_000_000, oldest: ago(4 * 24 * HOUR_MS) },
      clockOffsetMs: -40_000,
      came: { ...came, completed: 77, needsAttention: 2, rejected: 1 },
    }),
    statusOf('2000310005', {
      lastSeen: null,
      waiting: null,
      clockOffsetMs: null,
      software: null,
      came: { announced: 0, inProcess: 0, waitingForCorrection: 0, needsAttention: 0, completed: 0, rejected: 0 },
    }),
  ];
}
