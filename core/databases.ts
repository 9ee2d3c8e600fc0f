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
  /** People, service accounts and their sessions; what those with rights have done; what is left of each rate limit. */
  readonly people: Database;
  readonly sessions: Database;
  readonly audit: Database;
  readonly limits: Database;
  /** Packets and unfinished uploads, where the vault is in the store. */
  readonly vault: Database;
  readonly incoming: Database;
  /** What has happened for a registration besides its stages, until its lane's worker has applied it. */
  readonly events: Database;
  /** When a registration that waits is to be looked at again. */
  readonly timers: Database;
  /** Pages of histories that have grown too long for their registrations. */
  readonly histories: Database;
  /** Rules by which registrations are paused. */
  readonly rules: Database;
  /** How far jobs that walk through a whole database have come, and foreign replicators of channels. */
  readonly checkpoints: Database;
  /** The channel of a registered station. */
  channel(station: string): Promise<Database>;
}

/**
 * Where one document decides between writers that do not know of each other, and why. In the others a document has one
 * writer, or it does not matter who of two was first. `registrations` is among those others: a station announces and
 * delivers its own, one worker moves them, and what both could do twice has its one place in `uins` or `dedupe`. So
 * stations are served on while a node is away.
 */
const DECIDING = new Set<string>([
  // A station is invited, enrolled, suspended and revoked by whoever comes first, and an invitation is used once.
  'stations',
  // Who does a job, and whose keys this store belongs to.
  'leases',
  // Of two applications of one person the first in this database is the one that is not a duplicate.
  'dedupe',
  // A number is issued once.
  'uins',
  // A name belongs to one person, a sign-in link and a code are good once, and one administrator stays.
  'people',
  // A session that was ended must not come back because another gateway has just prolonged it.
  'sessions',
]);

const NAMES = [
  'registrations',
  'stations',
  'leases',
  'dedupe',
  'uins',
  'identities',
  'master',
  'people',
  'sessions',
  'audit',
  'limits',
  'vault',
  'incoming',
  'events',
  'timers',
  'histories',
  'rules',
  'checkpoints',
] as const satisfies readonly Exclude<keyof CoreDatabases, 'channel'>[];

type Named = Record<(typeof NAMES)[number], Database>;

export async function openCoreDatabases(store: Pick<Store, 'database'>): Promise<CoreDatabases> {
  const open = (name: string): Promise<Database> => store.database(name, { decides: DECIDING.has(name) });
  const opened = await Promise.all(NAMES.map(async (name) => [name, await open(name)] as const));
  const channel = (station: string): Promise<Database> => store.database(channelName(station));
  return { ...(Object.fromEntries(opened) as Named), channel };
}

/** A registration as it is read from its database. */
export type StoredRegistration = Registration & { readonly _rev: string };
