/** What waits for what: whatever a wait depends on must not end before the wait does. */
import type { Invariant } from './invariant.ts';

/** A holder that misses so many signs of life is dead, and not merely slow. */
const MISSED_HEARTBEATS = 3;
/** An invitation is a secret that lies about; a station that is not set up in this time is invited again. */
const LONG_INVITATION_HOURS = 7 * 24;

export const TIME_INVARIANTS: readonly Invariant[] = [
  {
    name: 'uploads-outlive-the-waits-for-them',
    severity: 'error',
    broken: ({ laws }) => {
      const { unfinishedUploadDays } = laws;
      if (unfinishedUploadDays > laws.longestWaitDays) return undefined;
      return {
        values: { unfinishedUploadDays, longestWaitDays: laws.longestWaitDays },
        sentence: 'A correction that is on its way is cleared away while its registration still waits for it.',
        change: 'Keep unfinished uploads longer than the longest wait; both are fixed in the code.',
      };
    },
  },
  {
    name: 'every-outcome-has-a-route',
    severity: 'error',
    broken: ({ laws }) => {
      if (laws.flowProblems.length === 0) return undefined;
      return {
        values: { flows: laws.flowProblems.join(' ') },
        sentence: 'A registration could come to an outcome from which no flow goes on, or to a wait that nothing ends.',
        change: 'Give every outcome of every stage a route, and every wait a waker.',
      };
    },
  },
  {
    name: 'lease-outlives-missed-heartbeats',
    severity: 'error',
    broken: ({ config }) => {
      const { leaseSeconds, heartbeatSeconds } = config.worker;
      if (leaseSeconds > heartbeatSeconds * MISSED_HEARTBEATS) return undefined;
      return {
        values: { 'worker.leaseSeconds': leaseSeconds, 'worker.heartbeatSeconds': heartbeatSeconds },
        sentence: 'A worker that is only slow is taken for dead, and work goes to and fro between workers.',
        change: `Set worker.leaseSeconds above ${heartbeatSeconds * MISSED_HEARTBEATS}.`,
      };
    },
  },
  {
    name: 'one-process-has-all-stages-and-lanes',
    severity: 'error',
    broken: ({ config }) => {
      const { stages, lanes } = config.worker;
      if (config.store.kind !== 'folder' || (stages === null && lanes === null)) return undefined;
      return {
        values: { 'store.kind': config.store.kind, 'worker.stages': stages, 'worker.lanes': lanes },
        sentence: 'No other process reaches the embedded store, so nobody does what this worker leaves to others.',
        change: 'Leave worker.stages and worker.lanes out, or use a CouchDB.',
      };
    },
  },
  {
    name: 'batch-fits-into-window',
    severity: 'error',
    broken: ({ config }) => {
      const { batch, window } = config.worker;
      if (batch <= window) return undefined;
      return {
        values: { 'worker.batch': batch, 'worker.window': window },
        sentence: 'No batch is ever full: fewer registrations wait in memory than one batch takes.',
        change: `Set worker.window to ${batch} or more.`,
      };
    },
  },
  {
    name: 'session-is-idle-before-it-ends',
    severity: 'error',
    broken: ({ config }) => {
      const { sessionIdleMinutes, sessionHours } = config.people;
      if (sessionIdleMinutes < sessionHours * 60) return undefined;
      return {
        values: { 'people.sessionIdleMinutes': sessionIdleMinutes, 'people.sessionHours': sessionHours },
        sentence: 'A session that nobody uses lasts as long as one that is used.',
        change: `Set people.sessionIdleMinutes below ${sessionHours * 60}.`,
      };
    },
  },
  {
    name: 'station-token-outlives-clock-tolerance',
    severity: 'error',
    broken: ({ laws }) => {
      if (laws.stationTokenSeconds > 2 * laws.clockToleranceSeconds) return undefined;
      return {
        values: {
          stationTokenSeconds: laws.stationTokenSeconds,
          clockToleranceSeconds: laws.clockToleranceSeconds,
        },
        sentence:
          'A station whose clock is within tolerance is turned away, because its token is over before it arrives.',
        change: 'Let tokens live longer than twice the tolerance; both are fixed in the code.',
      };
    },
  },
  {
    name: 'invitations-are-short-lived',
    severity: 'warning',
    broken: ({ config }) => {
      const { invitationHours } = config.stations;
      if (invitationHours <= LONG_INVITATION_HOURS) return undefined;
      return {
        values: { 'stations.invitationHours': invitationHours },
        sentence: 'Whoever finds a printed invitation weeks later can take the place of the station.',
        change: `Set stations.invitationHours to ${LONG_INVITATION_HOURS} or less.`,
      };
    },
  },
  {
    name: 'clock-is-not-behind-this-file',
    severity: 'warning',
    broken: ({ machine }) => {
      const { now, writtenAt } = machine;
      if (writtenAt === undefined || now >= writtenAt) return undefined;
      return {
        values: { now: now.toISOString(), writtenAt: writtenAt.toISOString() },
        sentence: "This machine's clock says that its configuration will be written in the future.",
        change: 'Set the clock right before anything is started: receipts, sessions and epochs go by it.',
      };
    },
  },
];
