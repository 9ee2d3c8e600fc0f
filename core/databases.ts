/** The core's databases, opened once. Which documents live in which, and who writes them, is in docs/architecture.md. */
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { channelName } from '@enroute/sync/channel/documents.ts';
import type { Database, Store } from './store/store.ts';

export interface CoreDatabases {
  readonly registrations: Database;
  readonly stations: Database;
  readonly leases: Database;
  readonly dedupe: Database;
  readonly uins: Database;
  readonly identities: Database;
  readonly master: Database;
  /** The channel of a registered station. */
  channel(station: string): Promise<Database>;
}

export async function openCoreDatabases(store: Store): Promise<CoreDatabases> {
  const [registrations, stations, leases, dedupe, uins, identities, master] = await Promise.all([
    store.database('registrations'),
    store.database('stations'),
    store.database('leases'),
    store.database('dedupe'),
    store.database('uins'),
    store.database('identities'),
    store.database('master'),
  ]);
  const channel = (station: string): Promise<Database> => store.database(channelName(station));
  return { registrations, stations, leases, dedupe, uins, identities, master, channel };
}

/** A registration as it is read from its database. */
export type StoredRegistration = Registration & { readonly _rev: string };
