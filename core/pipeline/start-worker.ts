/**
 * The worker: the engine that takes registrations along their flows, and the jobs that look after what waits. On a store
 * that several processes use, one worker is at work and the others stand by.
 */
import type { Logger } from 'pino';
import { documentMedium } from '../gateway/uploads/document-medium.ts';
import { IncomingStore } from '../gateway/uploads/incoming-store.ts';
import { watchUnfinished } from '../gateway/uploads/unfinished-uploads.ts';
import { sealingKeyFor } from '../keys.ts';
import type { OpenedCore } from '../open-core.ts';
import { holdAlone } from '../ops/sole-holder.ts';
import { watchPeople } from '../people/watch-people.ts';
import { startEngine } from './engine.ts';
import type { Terms } from './open-terms.ts';
import { watchParked } from './parked-deadlines.ts';

export interface WorkerSettings {
  /** Registrations that are worked on at once. */
  readonly batch: number;
  /** Registrations that wait in memory. */
  readonly window: number;
  /** Between two looks for waits that have ended. */
  readonly parkedCheckMs: number;
  /** Between two looks for unfinished uploads in the store; those on a gateway's disk are that one's. */
  readonly unfinishedCheckMs: number;
  /** Between two looks for sessions, links and tries that have ended; a quarter of an hour when it is not said. */
  readonly peopleCheckMs?: number;
  /** Without a sign of life, before a worker that stands by takes over; and how often there is one. */
  readonly leaseMs: number;
  readonly heartbeatMs: number;
}

export const DEFAULT_WORKER: WorkerSettings = {
  batch: 50,
  window: 1_000,
  parkedCheckMs: 60 * 60_000,
  unfinishedCheckMs: 6 * 60 * 60_000,
  leaseMs: 10_000,
  heartbeatMs: 3_000,
};

const PEOPLE_CHECK_MS = 15 * 60_000;
/** Nothing is sent here. */
const PROGRESS_MS = 2_000;

export interface WorkerParts {
  readonly core: Pick<OpenedCore, 'databases' | 'vault' | 'keys' | 'people' | 'keepsBytesIn' | 'isShared'>;
  readonly terms: Terms;
  readonly now: () => Date;
  readonly log: Logger;
}

/** @returns ends it after the batch at hand; what is not finished is taken up by whoever comes next. */
export async function startWorker(parts: WorkerParts, settings: WorkerSettings): Promise<() => Promise<void>> {
  const { core, log } = parts;
  if (!core.isShared) return begin(parts, settings);
  const { leaseMs, heartbeatMs } = settings;
  const { leases } = core.databases;
  return holdAlone({ leases, name: 'worker', leaseMs, heartbeatMs, log }, () => begin(parts, settings));
}

async function begin({ core, terms, now, log }: WorkerParts, settings: WorkerSettings): Promise<() => Promise<void>> {
  const { databases, vault, keys } = core;
  const { flowOf } = terms;
  await using begun = new AsyncDisposableStack();
  const engine = await startEngine({
    registrations: databases.registrations,
    leases: databases.leases,
    vault,
    keyFor: (keyId) => sealingKeyFor(keys, keyId),
    flowOf,
    batchSize: settings.batch,
    window: settings.window,
    now,
    random: Math.random,
    log,
  });
  begun.defer(() => engine.stop());
  const { registrations } = databases;
  begun.defer(watchParked({ registrations, flowOf, now, log }, settings.parkedCheckMs));
  begun.defer(watchPeople(core.people, settings.peopleCheckMs ?? PEOPLE_CHECK_MS, log));
  if (core.keepsBytesIn === 'store') {
    const incoming = new IncomingStore(documentMedium(databases.incoming, now), PROGRESS_MS);
    begun.defer(watchUnfinished({ incoming, registrations, vault, now, log }, settings.unfinishedCheckMs));
  }
  const parts = begun.move();
  return () => parts.disposeAsync();
}
