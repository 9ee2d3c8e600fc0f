/** Databases of which none is ever opened, to load flows for a look at them alone. */
import type { CoreDatabases } from '../databases.ts';
import type { Database } from '../store/store.ts';

const refused = (): Promise<never> => Promise.reject(new Error('No database is open.'));

const CLOSED: Database = {
  name: 'closed',
  get: refused,
  getMany: refused,
  range: refused,
  write: refused,
  changes: refused,
  pending: refused,
  writeWithBytes: refused,
  bytesOf: refused,
  info: refused,
};

export function noDatabases(): CoreDatabases {
  return {
    registrations: CLOSED,
    stations: CLOSED,
    leases: CLOSED,
    dedupe: CLOSED,
    uins: CLOSED,
    identities: CLOSED,
    master: CLOSED,
    people: CLOSED,
    sessions: CLOSED,
    audit: CLOSED,
    limits: CLOSED,
    vault: CLOSED,
    incoming: CLOSED,
    events: CLOSED,
    timers: CLOSED,
    histories: CLOSED,
    rules: CLOSED,
    checkpoints: CLOSED,
    channel: refused,
  };
}
