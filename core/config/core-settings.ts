/** What a configuration comes to for the parts of a core. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { DEFAULT_RATES, type RateSettings } from '../gateway/door/rate-limits.ts';
import type { GatewayPlace, GatewaySettings } from '../gateway/start-gateway.ts';
import type { OpenCoreOptions } from '../open-core.ts';
import { DEFAULT_STUCK } from '../ops/census/stuck.ts';
import type { CountrySettings } from '../pipeline/country/open-country.ts';
import { readStageSecrets } from '../pipeline/country/stage-secrets.ts';
import type { WorkerSettings } from '../pipeline/start-worker.ts';
import type { CoreConfig } from './core-config.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const MINUTE_S = 60;

/** From the environment; none of it is ever in the file. */
export interface CoreSecrets {
  readonly passphrase: string;
  readonly couchdbUser: string | undefined;
  readonly couchdbPassword: string | undefined;
}

export function openOptionsOf(
  config: CoreConfig,
  { passphrase, couchdbUser, couchdbPassword }: CoreSecrets,
): Omit<OpenCoreOptions, 'now' | 'log'> {
  const { folder, store, vault, gateway, people } = config;
  const { q, n, w, r } = store;
  const counts = { q, n, w, r };
  const given = Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== null));
  return {
    folder,
    passphrase,
    couchdbUrl: store.kind === 'couchdb' ? withCredentials(store.url ?? '', couchdbUser, couchdbPassword) : undefined,
    couchdbPrefix: store.prefix,
    couchdb: { ...given, requestTimeoutMs: store.requestSeconds * SECOND_MS },
    vault: vault.kind,
    people: {
      secureCookies: isReachedOverTls(config),
      demandSecondFactor: people.secondFactor === 'required',
      sessionTimes: {
        idleMs: people.sessionIdleMinutes * MINUTE_MS,
        longestMs: people.sessionHours * HOUR_MS,
      },
    },
    invitationHours: config.stations.invitationHours,
    ...(gateway.publicUrl === null && gateway.port === 0 ? {} : { gatewayUrl: () => statedUrl(config) }),
    ...(gateway.tls.cert === null ? {} : { gatewayCertificate: () => readCertificate(gateway.tls.cert ?? '') }),
  };
}

/** By the configuration alone; a gateway on any free port knows better. */
function statedUrl({ gateway }: CoreConfig): string {
  const { publicUrl, host, port, tls } = gateway;
  const named = isIPv6(host) ? `[${host}]` : host;
  return publicUrl ?? `${tls.cert === null ? 'http' : 'https'}://${named}:${port}/`;
}

/** When an invitation is made: it may have been renewed since the start. @throws EnrouteError ENR-OPS-006 */
function readCertificate(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new EnrouteError('ENR-OPS-006', path, cause);
  }
}

function isReachedOverTls({ gateway }: CoreConfig): boolean {
  return gateway.tls.cert !== null || (gateway.publicUrl?.startsWith('https:') ?? false);
}

function withCredentials(url: string, user: string | undefined, password: string | undefined): string {
  const address = new URL(url);
  if (user !== undefined) address.username = encodeURIComponent(user);
  if (password !== undefined) address.password = encodeURIComponent(password);
  return address.href;
}

/** @throws EnrouteError ENR-OPS-006 when a certificate or key can't be read. */
export async function placeOf({ gateway }: CoreConfig): Promise<GatewayPlace> {
  const { host, port, tls } = gateway;
  if (tls.cert === null || tls.key === null) return { host, port };
  const [cert, key] = await Promise.all([readPem(tls.cert), readPem(tls.key)]);
  const clientCa = tls.clientCa === null ? undefined : await readPem(tls.clientCa);
  return { host, port, tls: { cert, key, ...(clientCa === undefined ? {} : { clientCa }) } };
}

async function readPem(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new EnrouteError('ENR-OPS-006', path, cause);
  });
}

/** @throws EnrouteError ENR-STG-008 when the secret of a stage is not in the environment. */
export function countrySettingsOf({ pipeline }: CoreConfig, environment: NodeJS.ProcessEnv): CountrySettings {
  const { stages, flows } = pipeline;
  return { stages, flowFiles: flows, secrets: readStageSecrets(stages, environment) };
}

export function gatewaySettingsOf({ gateway, worker }: CoreConfig): GatewaySettings {
  const { connections, uploads, rates } = gateway;
  return {
    trustProxy: gateway.trustProxy,
    connections: { most: connections.most, mostOfAddress: connections.mostOfAddress },
    idleMs: connections.idleSeconds * SECOND_MS,
    rates: ratesOf(rates),
    uploads: { limits: { mostUploads: uploads.most, leastFreeBytes: uploads.leastFreeBytes } },
    pressure: { depth: uploads.backlog, ageMs: uploads.backlogHours * HOUR_MS },
    progressMs: uploads.progressSeconds * SECOND_MS,
    unfinishedCheckMs: worker.unfinishedCheckHours * HOUR_MS,
    drainMs: gateway.drainSeconds * SECOND_MS,
  };
}

function ratesOf(rates: CoreConfig['gateway']['rates']): RateSettings {
  const share = (requests: number) => ({ requests, seconds: MINUTE_S });
  return {
    ...DEFAULT_RATES,
    anyone: { ...DEFAULT_RATES.anyone, address: share(rates.addressPerMinute) },
    station: { ...DEFAULT_RATES.station, own: share(rates.stationPerMinute) },
    upload: { ...DEFAULT_RATES.upload, own: share(rates.uploadPerMinute) },
    people: { ...DEFAULT_RATES.people, own: share(rates.peoplePerMinute) },
  };
}

export function workerSettingsOf({ worker }: CoreConfig): WorkerSettings {
  return {
    batch: worker.batch,
    window: worker.window,
    unfinishedCheckMs: worker.unfinishedCheckHours * HOUR_MS,
    ...(worker.stages === null ? {} : { stages: worker.stages }),
    ...(worker.lanes === null ? {} : { lanes: worker.lanes }),
    censusEveryMs: worker.censusSeconds * SECOND_MS,
    conservationEveryMs: worker.conservationMinutes * MINUTE_MS,
    stuck: { ...DEFAULT_STUCK, leastMs: worker.stuckMinutes * MINUTE_MS },
    leaseMs: worker.leaseSeconds * SECOND_MS,
    heartbeatMs: worker.heartbeatSeconds * SECOND_MS,
  };
}

/** Where a worker that is alone in its process shows what it measures; undefined where it does not. */
export function metricsPlaceOf({ worker }: CoreConfig): { readonly host: string; readonly port: number } | undefined {
  const { metricsHost: host, metricsPort: port } = worker;
  return port === null ? undefined : { host, port };
}
