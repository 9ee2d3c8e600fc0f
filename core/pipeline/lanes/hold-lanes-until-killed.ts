/** For a test: holds its share of the lanes, and prints what it holds at each change, until it is killed. */
import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { type OpenStoreOptions, openStore } from '../../store/open-store.ts';
import { holdLanes } from './hold-lanes.ts';

interface Given {
  readonly how: Omit<OpenStoreOptions, 'onFatal'>;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
}

const { how, leaseMs, heartbeatMs }: Given = JSON.parse(process.argv[2] ?? '');
const onFatal = (error: Error): void => {
  throw error;
};
const store = await openStore({ ...how, onFatal });
const leases = await store.database('leases', { decides: true });
const log = pino({ level: 'silent' });
const lanes = await holdLanes({ leases, alone: how.couchdbUrl === undefined, leaseMs, heartbeatMs, log });
lanes.progress('as far as this');
lanes.onChange(({ lost, gained }) => {
  const held = [...lanes.held().keys()];
  // Straight to the pipe: who is killed has nothing in a buffer.
  writeSync(1, `${JSON.stringify({ held, lost, gained: gained.map(({ lane }) => lane) })}\n`);
});
