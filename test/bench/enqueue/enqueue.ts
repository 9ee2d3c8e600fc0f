/** Saving enrolments at the desk: how fast, how much of that is the disk, and what a long queue costs. */
import { buildSyncRecorder } from '../../durability/power-cut/sync-recorder.ts';
import type { Bench, BenchOptions, Measurement } from '../measurement.ts';
import { measureHolding } from './holding.ts';
import { measureSaving } from './saving.ts';

/** What an fsync costs on the disk of a cheap desktop. */
const SLOW_SYNC_MS = 4;

export const enqueueBench: Bench = {
  name: 'enqueue',
  description: 'saves enrolments, beside the least that can cost and beside PouchDB with attachments',
  run,
};

async function* run({ quick, say }: BenchOptions): AsyncGenerator<Measurement> {
  const repetitions = quick ? 20 : 100;
  say('saves enrolments on the disk as it is');
  yield* await measureSaving({ name: 'disk as it is', env: {} }, repetitions);
  yield* await onSlowDisk(repetitions, say);
  say('opens a station that holds many packets');
  yield* await measureHolding(quick ? 1 : 5);
}

async function onSlowDisk(repetitions: number, say: BenchOptions['say']): Promise<Measurement[]> {
  const recorder = buildSyncRecorder();
  if ('missing' in recorder) {
    say(`leaves the slow disk out: ${recorder.missing}`);
    return [];
  }
  try {
    say(`saves enrolments on a disk that takes ${SLOW_SYNC_MS} ms longer for each sync`);
    const env = { LD_PRELOAD: recorder.library, ENROUTE_SYNC_DELAY_US: String(SLOW_SYNC_MS * 1000) };
    return await measureSaving({ name: `${SLOW_SYNC_MS} ms a sync`, env }, repetitions);
  } finally {
    recorder.remove();
  }
}
