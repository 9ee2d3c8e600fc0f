/**
 * The console as people meet it: the built page and the core's real routes for people behind its real door, over a real
 * store. Only how stations stand is made up by the test.
 */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import express from 'express';
import { TOTP, URI } from 'otpauth';
import { pino } from 'pino';
import { newWriter, openAudit } from '../audit/audit.ts';
import { type CoreDatabases, openCoreDatabases, type StoredRegistration } from '../databases.ts';
import { healthRoutes } from '../gateway/door/health-routes.ts';
import { openRateLimits } from '../gateway/door/rate-limits.ts';
import { mountRoutes } from '../gateway/mount-routes.ts';
import { auditRoutes } from '../gateway/people/audit-routes.ts';
import { pageRoutes } from '../gateway/people/page-routes.ts';
import { peopleRoutes } from '../gateway/people/people-routes.ts';
import { registrationRoutes } from '../gateway/people/registration-routes.ts';
import { sessionRoutes } from '../gateway/people/session-routes.ts';
import { stationViewRoutes } from '../gateway/people/station-view-routes.ts';
import { orderRoutes } from '../gateway/registrations/order-routes.ts';
import { pauseRuleRoutes } from '../gateway/registrations/pause-rule-routes.ts';
import { stationAdminRoutes } from '../gateway/stations/station-admin-routes.ts';
import { authenticateStation } from '../gateway/stations/station-auth.ts';
import type { StationStatus } from '../ops/station-status-schema.ts';
import { openPeople, type People } from '../people/people.ts';
import type { Role } from '../people/person.ts';
import { applyEvent } from '../pipeline/events/apply-event.ts';
import { eventSchema } from '../pipeline/events/event.ts';
import { openStationAdministration } from '../stations/station-administration.ts';
import { openStationRegister, type StationRegister } from '../stations/station-register.ts';
import { openStore } from '../store/open-store.ts';
import type { Database, Doc } from '../store/store.ts';

const HOST = '127.0.0.1';
const STEP_MS = 30_000;
/** Tests wait for changes; a supervisor does not notice seconds. */
const REFRESH_MS = 100;
/** The least that the derivation takes: what it costs is tested where it is made. */
const CHEAP = { memoryKiB: 64, passes: 1 };
export const PASSWORD = 'four words that do not belong';

export interface TestConsole {
  /** Of the page, e.g. "http://127.0.0.1:40123/console/"; another one after a restart. */
  readonly url: string;
  readonly people: People;
  readonly register: StationRegister;
  readonly registrations: Database;
  /** Does with what was ordered what a worker does: here none runs. */
  carryOutOrders(): Promise<void>;
  /** What the stations page shows. */
  statuses: readonly StationStatus[];
  /** The value of the cookie of somebody who has just signed in, with a second factor where the roles need one. */
  signedIn(id: string, roles: readonly Role[], centers?: readonly string[]): Promise<string>;
  /** What the authenticator of somebody who is signed in shows next. */
  nextCode(id: string): string;
  /** Nobody reaches it, until it is there again at the same address. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

/** @param page folder of the built page */
export async function openTestConsole(page: string): Promise<TestConsole> {
  const now = () => new Date();
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-console-core-'));
  const store = await openStore({
    folder,
    onFatal: (error) => {
      throw error;
    },
  });
  const databases = await openCoreDatabases(store);
  const { audit: database, registrations } = databases;
  const signing = newSigningKeyPair();
  const people = openPeople({
    people: databases.people,
    sessions: databases.sessions,
    keys: { storage: randomBytes(32) },
    now,
    secureCookies: false,
    derivation: CHEAP,
  });
  const audit = openAudit({ database, writer: newWriter(), signing, now });
  const register = openStationRegister(databases.stations, now);
  const gateway = { url: 'https://gateway.example/' };
  const administration = openStationAdministration({ register, keys: { signing }, gateway, now });
  const statuses = async (): Promise<StationStatus[]> => [...running.statuses];

  const app = express();
  const routes = [
    ...healthRoutes({ needs: {}, isDraining: () => false }),
    ...sessionRoutes({ people, audit }),
    ...stationViewRoutes({ statuses, people, refreshMs: REFRESH_MS }),
    ...stationAdminRoutes({ administration }),
    ...peopleRoutes({ people }),
    ...registrationRoutes({ databases, conservation: () => Promise.reject(new Error('not asked for')), now }),
    ...orderRoutes({ databases, now }),
    ...pauseRuleRoutes({ databases, now }),
    ...pageRoutes({ page }),
    ...auditRoutes({ audit: database, signingKeys: () => [publicKeyOf(signing)] }),
  ];
  mountRoutes(app, routes, {
    limits: openRateLimits(),
    authenticateStation: authenticateStation(register, now),
    authenticatePerson: people.authenticatePerson,
    authenticateStage: () => {
      throw new Error('no stage asks here');
    },
    noteSeen: async () => undefined,
    noteAct: (note) => audit.note(note),
    log: pino({ level: 'silent' }),
  });
  const factors = new Map<string, string>();
  let listening = await listen(createServer(app), 0);
  const { port } = listening;

  const running: TestConsole = {
    url: `http://${HOST}:${port}/console/`,
    people,
    register,
    registrations,
    carryOutOrders: () => carryOutOrders(databases, now()),
    statuses: [],
    signedIn: async (id, roles, centers) => {
      const { link } = await people.administration.create(id, { roles, centers: centers ?? 'all' });
      await people.signInByLink(link);
      let { cookie, standing } = await people.changePassword(id, undefined, PASSWORD);
      if (standing.mustSetUpSecondFactor) {
        const { uri } = await people.offerSecondFactor(id, PASSWORD);
        ({ cookie, standing } = await people.confirmSecondFactor(id, codeOf(uri)));
        factors.set(id, uri);
      }
      return cookie.slice(cookie.indexOf('=') + 1, cookie.indexOf(';'));
    },
    nextCode: (id) => codeOf(factors.get(id) ?? '', Date.now() + STEP_MS),
    goAway: () => listening.stop(),
    comeBack: async () => {
      listening = await listen(createServer(app), port);
    },
    stop: async () => {
      await listening.stop();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return running;
}

const FLOW = { name: 'NEW', version: 1, first: 'receive', answer: 'finalise', steps: [], wakers: {} };

async function carryOutOrders({ events, registrations }: CoreDatabases, now: Date): Promise<void> {
  for (const doc of await events.range<Doc>({ start: '0', end: ':', limit: 100 })) {
    const event = eventSchema.parse(doc);
    const registration = await registrations.get<StoredRegistration>(event.rid);
    const applied = registration && applyEvent(registration, event, FLOW, now);
    if (applied?.kind === 'changed') await registrations.write([applied.registration]);
    await events.write([{ _id: doc._id, _rev: doc._rev, _deleted: true }]);
  }
}

/** What an authenticator shows at that time. */
function codeOf(uri: string, timestamp = Date.now()): string {
  const factor = URI.parse(uri);
  if (!(factor instanceof TOTP)) throw new Error('an authenticator counts by time');
  return factor.generate({ timestamp });
}

/** Has the core know a station, with keys of its own. */
export async function registerStation({ register }: TestConsole, station: string): Promise<void> {
  const key = () => publicKeyOf(newSigningKeyPair());
  await register.register({
    v: 1,
    station,
    signingKey: key(),
    sealingKey: publicKeyOf(newSealingKeyPair()),
    operators: [{ id: 'amina', signingKey: key() }],
    supervisors: [{ id: 'salim', signingKey: key() }],
  });
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
