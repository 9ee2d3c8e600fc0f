/** The gateway's door: how fast packets come in, and what stations cost that only wait. */
import type { Bench, BenchOptions, Measurement } from '../measurement.ts';
import { idleStations } from './idle.ts';
import { measureUploads } from './uploads.ts';

export const intakeBench: Bench = {
  name: 'intake',
  description: 'takes packets in, beside the least that keeping them costs, and holds stations that wait',
  run,
};

const HEARTBEAT_MS = 20_000;

async function* run(options: BenchOptions): AsyncGenerator<Measurement> {
  yield* measureUploads(options);
  const { quick, say } = options;
  const counts = quick
    ? { stations: 1_000, singleWakes: 10, wokenTogether: 50, heartbeatMs: 2_000 }
    : { stations: 10_000, singleWakes: 100, wokenTogether: 1_000, heartbeatMs: HEARTBEAT_MS };
  yield* await idleStations({ ...counts, say });
}
