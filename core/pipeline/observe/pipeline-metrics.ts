/** The pipeline as Prometheus sees it, in the process that works. Labels are names of ours, never a registration's. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { PipelineObserver } from './observer.ts';

const SECOND_MS = 1_000;
/** Seconds: from a stage that only computes to one that waits for a person. */
const DWELL_BUCKETS = [0.05, 0.2, 1, 5, 20, 60, 300, 1_800, 7_200, 43_200, 172_800, 1_209_600];
const RUN_BUCKETS = [0.002, 0.01, 0.05, 0.2, 1, 5, 20, 60];

export function measurePipeline(registry: Registry): PipelineObserver {
  const registers = [registry];
  const arrivals = new Counter({
    name: 'enroute_stage_arrivals_total',
    help: 'Registrations that came to a stage.',
    labelNames: ['process', 'stage'],
    registers,
  });
  const outcomes = new Counter({
    name: 'enroute_stage_outcomes_total',
    help: 'What a stage said, or what else moved a registration on from it.',
    labelNames: ['process', 'stage', 'outcome', 'code'],
    registers,
  });
  const ends = new Counter({
    name: 'enroute_registrations_ended_total',
    help: 'Registrations that have come to an end, by which.',
    labelNames: ['process', 'state'],
    registers,
  });
  const dwell = new Histogram({
    name: 'enroute_stage_dwell_seconds',
    help: 'From coming to a stage until leaving it.',
    labelNames: ['stage'],
    buckets: DWELL_BUCKETS,
    registers,
  });
  const runs = new Histogram({
    name: 'enroute_stage_run_seconds',
    help: 'One try of a stage over a batch.',
    labelNames: ['stage'],
    buckets: RUN_BUCKETS,
    registers,
  });
  const sizes = new Counter({
    name: 'enroute_stage_run_registrations_total',
    help: 'Registrations in those batches.',
    labelNames: ['stage'],
    registers,
  });
  const open = new Gauge({
    name: 'enroute_worker_window_registrations',
    help: 'Registrations that the worker has in memory.',
    registers,
  });
  const full = new Gauge({
    name: 'enroute_worker_window_full',
    help: '1 when more wait than the worker has room for.',
    registers,
  });
  return {
    moved: (moves) => {
      for (const { process, from, to, by, code = '', dwellMs } of moves) {
        if (from.stage !== undefined) outcomes.inc({ process, stage: from.stage, outcome: by, code });
        const isGone = from.stage !== to.stage || from.state !== to.state;
        if (from.stage !== undefined && isGone && dwellMs !== undefined) {
          dwell.observe({ stage: from.stage }, dwellMs / SECOND_MS);
        }
        if (to.stage !== undefined && to.stage !== from.stage && to.state === 'IN_FLOW') {
          arrivals.inc({ process, stage: to.stage });
        }
        if (to.state !== from.state && (to.state === 'COMPLETED' || to.state === 'REJECTED' || to.state === 'FAILED')) {
          ends.inc({ process, state: to.state });
        }
      }
    },
    ran: ({ stage, size, ms }) => {
      runs.observe({ stage }, ms / SECOND_MS);
      sizes.inc({ stage }, size);
    },
    held: (window) => {
      open.set(window.open);
      full.set(window.waitingForRoom ? 1 : 0);
    },
  };
}

/** Tells several of them. */
export function observers(all: readonly PipelineObserver[]): PipelineObserver {
  return {
    moved: (moves) => {
      for (const one of all) one.moved(moves);
    },
    ran: (run) => {
      for (const one of all) one.ran(run);
    },
    held: (window) => {
      for (const one of all) one.held(window);
    },
  };
}
