/**
 * The worker: the engine over the lanes that it holds, with what wakes it, and the jobs that one worker does for all. On a
 * store that several processes use, any number of workers share the lanes, and one of them has the jobs.
 */
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { documentMedium } from '../gateway/uploads/document-medium.ts';
import { IncomingStore } from '../gateway/uploads/incoming-store.ts';
import { watchUnfinished } from '../gateway/uploads/unfinished-uploads.ts';
import { sealingKeyFor } from '../keys.ts';
import type { OpenedCore } from '../open-core.ts';
import type { StuckRule } from '../ops/census/stuck.ts';
import { watchPipeline } from '../ops/census/watch-pipeline.ts';
import { holdAlone } from '../ops/sole-holder.ts';
import { watchPeople } from '../people/watch-people.ts';
import { expire } from './advance.ts';
import { startEngine } from './engine.ts';
import { applyEvent } from './events/apply-event.ts';
import { openInbox } from './events/event-inbox.ts';
import { sendEvents } from './events/send-events.ts';
import { tellUnloaded } from './flow/tell-unloaded.ts';
import { openHistories } from './history/histories.ts';
import { holdLanes } from './lanes/hold-lanes.ts';
import { EVERY_LANE, EVERY_STAGE, parseLanes, parseStageSet, type StageSet } from './lanes/stage-set.ts';
import { openWorkerInstruments } from './observe/instruments.ts';
import type { Terms } from './open-terms.ts';
import { pauseGate } from './pauses/pause-rule.ts';
import { watchPauseRules } from './pauses/pause-rules.ts';
import { openTimers } from './timers/open-timers.ts';

export interface WorkerSettings {
  /** Registrations that are worked on at once. */
  readonly batch: number;
  /** Registrations that wait in memory. */
  readonly window: number;
  /** Stages that it runs, e.g. "packet,quality" or "!quality"; all of them when it is not said. */
  readonly stages?: string;
  /** Lanes of which it takes its share, e.g. "0-15,20"; all of them when it is not said. */
  readonly lanes?: string;
  /** Between two looks for unfinished uploads in the store; those on a gateway's disk are that one's. */
  readonly unfinishedCheckMs: number;
  /** Between two looks for sessions, links and tries that have ended; a quarter of an hour when it is not said. */
  readonly peopleCheckMs?: number;
  /** Without a sign of life, before other workers take over; and how often there is one. */
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** How often it is looked where all registrations are, and whether none is missing; see watch-pipeline.ts. */
  readonly censusEveryMs?: number;
  readonly conservationEveryMs?: number;
  readonly stuck?: StuckRule;
}

export const DEFAULT_WORKER: WorkerSettings = {
  batch: 50,
  window: 1_000,
  unfinishedCheckMs: 6 * 60 * 60_000,
  leaseMs: 10_000,
  heartbeatMs: 3_000,
};

const PEOPLE_CHECK_MS = 15 * 60_000;
/** Nothing is sent here. */
const PROGRESS_MS = 2_000;

export interface WorkerParts {
  readonly core: Pick<
    OpenedCore,
    'databases' | 'vault' | 'keys' | 'people' | 'keepsBytesIn' | 'isShared' | 'conservation'
  >;
  readonly terms: Terms;
  /** What the process measures of itself; of its own when it is not given. */
  readonly registry?: Registry;
  readonly now: () => Date;
  readonly log: Logger;
}

/**
 * When a part can't be started, those before it are stopped again.
 * @returns ends it after the batch at hand; what is not finished is taken up by whoever has its lane next
 * @throws EnrouteError ENR-LAN-001 when a worker is at work whose stages are partly the same; ENR-LAN-002 to -004
 */
export async function startWorker(parts: WorkerParts, settings: WorkerSettings): Promise<() => Promise<void>> {
  const stages = stagesOf(settings, parts.terms);
  const wanted = settings.lanes === undefined ? EVERY_LANE : parseLanes(settings.lanes);
  await using started = new AsyncDisposableStack();
  started.defer(await startPipeline(parts, settings, stages, wanted));
  started.defer(startJobs(parts, settings));
  const all = started.move();
  return () => all.disposeAsync();
}

function stagesOf({ stages }: WorkerSettings, terms: Terms): StageSet {
  const known = terms.all().flatMap(({ steps }) => steps.map(({ stage }) => stage));
  return stages === undefined ? EVERY_STAGE : parseStageSet(stages, new Set(known));
}

/** The engine ends before the lanes are given back: so what it has at hand it still finishes as their holder. */
async function startPipeline(
  { core, terms, registry = new Registry(), now, log }: WorkerParts,
  { batch, window, leaseMs, heartbeatMs }: WorkerSettings,
  stages: StageSet,
  wanted: readonly number[],
): Promise<() => Promise<void>> {
  const { databases, vault, keys, isShared } = core;
  const { registrations, events, timers, leases } = databases;
  await using started = new AsyncDisposableStack();
  const instruments = openWorkerInstruments(registry, databases.checkpoints, now, log);
  started.defer(() => instruments.stop());
  const pauses = await watchPauseRules(databases.rules, log);
  started.defer(() => pauses.stop());
  const lanes = await holdLanes({ leases, wanted, stages, alone: !isShared, leaseMs, heartbeatMs, log });
  started.defer(() => lanes.stop());
  const inbox = await openInbox({ events, lanes, log });
  started.defer(() => inbox.stop());
  const engine = await startEngine({
    registrations,
    lanes,
    inbox,
    timers: openTimers(timers),
    applyEvent,
    expire,
    gate: pauseGate(pauses.rules, (registration) => terms.flowOf(registration)?.answer),
    histories: openHistories(databases.histories),
    sendEvents: (drafts) => sendEvents(drafts, events),
    observer: instruments.observer,
    stages: stages.key === EVERY_STAGE.key ? undefined : stages,
    vault,
    keyFor: (keyId) => sealingKeyFor(keys, keyId),
    flowOf: terms.flowOf,
    batchSize: batch,
    window,
    now,
    random: Math.random,
    log,
  });
  started.defer(() => engine.stop());
  const all = started.move();
  return () => all.disposeAsync();
}

/** What is enough to be done once, whichever worker does it. */
function startJobs(parts: WorkerParts, settings: WorkerSettings): () => Promise<void> {
  const { core, log } = parts;
  const { leaseMs, heartbeatMs } = settings;
  const begin = async (): Promise<() => Promise<void>> => beginJobs(parts, settings);
  if (core.isShared)
    return holdAlone({ leases: core.databases.leases, name: 'jobs', leaseMs, heartbeatMs, log }, begin);
  return beginJobs(parts, settings);
}

function beginJobs({ core, terms, now, log }: WorkerParts, settings: WorkerSettings): () => Promise<void> {
  const { databases, vault } = core;
  const { registrations, incoming, checkpoints } = databases;
  const { censusEveryMs, conservationEveryMs, stuck } = settings;
  const jobs = new AsyncDisposableStack();
  const conservation = (signal: AbortSignal) => core.conservation(signal);
  jobs.defer(
    watchPipeline({ registrations, checkpoints, conservation, censusEveryMs, conservationEveryMs, stuck, now, log }),
  );
  jobs.defer(tellUnloaded({ registrations, flows: terms, log }));
  jobs.defer(watchPeople(core.people, settings.peopleCheckMs ?? PEOPLE_CHECK_MS, log));
  if (core.keepsBytesIn === 'store') {
    const store = new IncomingStore(documentMedium(incoming, now), PROGRESS_MS);
    jobs.defer(watchUnfinished({ incoming: store, registrations, vault, now, log }, settings.unfinishedCheckMs));
  }
  return () => jobs.disposeAsync();
}
