/** The gateway of an open core on its port: everything that the door needs, and what looks after unfinished uploads. */
import { join } from 'node:path';
import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { sealingKeysOf, signingKeysOf } from '../keys.ts';
import type { OpenedCore } from '../open-core.ts';
import { DEFAULT_PRESSURE, type PressureLimits } from '../ops/census/pressure.ts';
import { openPressure } from '../ops/census/pressure-view.ts';
import type { OpenCountry } from '../pipeline/country/open-country.ts';
import { newRegistry } from '../pipeline/observe/instruments.ts';
import type { Terms } from '../pipeline/open-terms.ts';
import { watchRegister } from '../stations/watched-register.ts';
import { createGateway } from './app.ts';
import { openCoreWord } from './channel/core-word.ts';
import { openPolls } from './channel/open-polls.ts';
import type { ConnectionLimits } from './door/connection-limits.ts';
import { newDraining } from './door/draining.ts';
import { listen, type TlsIdentity } from './door/gateway-server.ts';
import { keepLimits } from './door/kept-limits.ts';
import { openRateLimits, type RateSettings } from './door/rate-limits.ts';
import { gatewayName } from './gateway-name.ts';
import { stageAnswersOf } from './stages/stage-answers.ts';
import { documentMedium } from './uploads/document-medium.ts';
import { fileMedium } from './uploads/file-medium.ts';
import { IncomingStore } from './uploads/incoming-store.ts';
import { watchUnfinished } from './uploads/unfinished-uploads.ts';
import type { UploadSettings } from './uploads/upload-routes.ts';

export interface GatewayPlace {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Without it the gateway speaks plain HTTP. */
  readonly tls?: TlsIdentity | undefined;
}

export interface GatewaySettings {
  /** Networks of proxies whose word is taken for where a request comes from. */
  readonly trustProxy?: readonly string[];
  readonly connections?: ConnectionLimits;
  /** A connection on which nothing moves during a request for so long is closed. */
  readonly idleMs?: number;
  readonly rates?: RateSettings;
  readonly uploads?: UploadSettings;
  /** What may wait in the pipeline before stations are let send less, and at last nothing. */
  readonly pressure?: PressureLimits;
  /** How often a station is told, while it sends, how much of a packet is durable. */
  readonly progressMs?: number;
  readonly unfinishedCheckMs?: number;
  /** For what is under way when the gateway is stopped. */
  readonly drainMs?: number;
}

export interface RunningGateway {
  /** e.g. "http://127.0.0.1:40123/" */
  readonly url: string;
  /** Answers what was asked, takes nothing more, and breaks off what is not done within the time for it. */
  stop(): Promise<void>;
}

export interface GatewayParts {
  /** The core's folder. */
  readonly folder: string;
  readonly core: OpenedCore;
  readonly terms: Terms;
  /** What the process measures of itself and of the pipeline; of its own when it is not given. */
  readonly registry?: Registry;
  /** Whose services may answer later. */
  readonly country?: Pick<OpenCountry, 'desks' | 'answerKeys'>;
  readonly now: () => Date;
  readonly log: Logger;
}

const PROGRESS_MS = 2_000;
const UNFINISHED_CHECK_MS = 6 * 60 * 60_000;
const DRAIN_MS = 1_000;

/** When a part can't be started, those before it are stopped again. */
export async function startGateway(
  { folder, core, terms, country, registry, now, log }: GatewayParts,
  place: GatewayPlace,
  settings: GatewaySettings,
): Promise<RunningGateway> {
  await using started = new AsyncDisposableStack();
  const { keys, databases, vault, people, audit } = core;
  const { registrations, checkpoints } = databases;
  const medium =
    core.keepsBytesIn === 'store' ? documentMedium(databases.incoming, now) : fileMedium(join(folder, 'incoming'));
  const incoming = new IncomingStore(medium, settings.progressMs ?? PROGRESS_MS);
  // What lies in the store is looked after by the worker, for all gateways.
  if (core.keepsBytesIn === 'disk') {
    const everyMs = settings.unfinishedCheckMs ?? UNFINISHED_CHECK_MS;
    started.defer(watchUnfinished({ incoming, registrations, vault, now, log }, everyMs));
  }
  const register = await watchRegister({ register: core.stations, stations: databases.stations, log });
  started.defer(() => register.stop());
  const limits = openRateLimits(settings.rates);
  // Several gateways may share a folder, each on a port of its own.
  const name = `${await gatewayName(folder)}:${place.port}`;
  started.defer(await keepLimits({ limits, database: databases.limits, name, log }));
  const polls = await openPolls(core.store, (error) =>
    log.warn({ err: error }, 'the store does not tell which channels were written to; polls wait for their heartbeats'),
  );
  const draining = newDraining();
  const app = createGateway({
    databases,
    vault,
    register,
    card: core.card,
    packetKeyIds: new Set(sealingKeysOf(keys).map(({ keyId }) => keyId)),
    processes: terms.processes,
    masterOf: terms.masterOf,
    sayCoreWord: openCoreWord(keys, registrations, now),
    polls,
    incoming,
    uploads: {
      creditsFor: openPressure(checkpoints, settings.pressure ?? DEFAULT_PRESSURE, now, log),
      ...settings.uploads,
    },
    metrics: { registry: registry ?? newRegistry(checkpoints, now), checkpoints },
    consoleFolder: join(import.meta.dirname, '..', 'console', 'dist'),
    people: {
      people,
      audit,
      signingKeys: () => signingKeysOf(keys).map(publicKeyOf),
      conservation: () => core.conservation(),
    },
    trust: {
      enrolment: { register, keys, prepare: (card) => core.prepare(card), now },
      administration: core.administrationOver(register),
    },
    ...(country ? { stages: stageAnswersOf(country, databases, now) } : {}),
    limits,
    trustProxy: settings.trustProxy ?? [],
    draining,
    now,
    log,
  });
  const { connections, idleMs, drainMs = DRAIN_MS } = settings;
  const trusts: (address: string, hop: number) => boolean = app.get('trust proxy fn');
  const server = await listen(app, {
    ...place,
    connections,
    ...(idleMs === undefined ? {} : { idleMs }),
    isTrustedProxy: (address) => trusts(address, 0),
    log,
  });
  started.defer(() => {
    draining.begin();
    return server.close(() => polls.drain(Math.min(drainMs, DRAIN_MS)), drainMs);
  });
  const parts = started.move();
  return { url: server.url, stop: () => parts.disposeAsync() };
}
