/**
 * A core that is open but does nothing by itself: its store, vault, keys and register, and what an administrator does.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryEntry } from '@enroute/shared/registration/registration.ts';
import type { CoreCard, StationCard } from '@enroute/shared/schemas/cards.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Logger } from 'pino';
import { type Audit, newWriter, openAudit } from './audit/audit.ts';
import { endOldTrust } from './backup/end-old-trust.ts';
import { type CoreDatabases, openCoreDatabases, type StoredRegistration } from './databases.ts';
import { type CoreKeys, coreCardOf, openKeysOfStore, renewEpoch, rotateCoreKeys } from './keys.ts';
import { watchKeys } from './keys-watch.ts';
import type { CountryMaster, StoredMaster } from './master/country-master.ts';
import { sendMaster } from './master/send-master.ts';
import { type MasterSet, readMaster, renumberMaster, setMaster } from './master/set-master.ts';
import { type Orders, openOrders } from './ops/actions/orders.ts';
import { type Conservation, checkConservation } from './ops/conservation.ts';
import { type DeadLetters, listDeadLetters, resumeDeadLetter } from './ops/dead-letters.ts';
import { requireClockNotBehind } from './ops/require-clock.ts';
import { openPeople, type People, type PeopleOptions } from './people/people.ts';
import { openHistories } from './pipeline/history/histories.ts';
import { authorityOf, reachableUrl } from './stations/invitation-place.ts';
import { sendCoreKeys, tellCoreKeys } from './stations/send-core-keys.ts';
import { openStationAdministration, type StationAdministration } from './stations/station-administration.ts';
import { openStationRegister, type StationRegister } from './stations/station-register.ts';
import type { CouchStoreOptions } from './store/couchdb/open-couch-store.ts';
import { openStore } from './store/open-store.ts';
import type { Store } from './store/store.ts';
import { openDiskVault } from './vault/disk-vault.ts';
import { openStoreVault } from './vault/store-vault.ts';
import type { Vault } from './vault/vault.ts';

export interface OpenCoreOptions {
  /** Everything that the core keeps on this machine. */
  readonly folder: string;
  /** Opens the core's key file. */
  readonly passphrase: string;
  /** A CouchDB to keep documents in, instead of the embedded store in `folder`. May hold credentials. */
  readonly couchdbUrl: string | undefined;
  /** Put before the names of CouchDB databases, so that several cores can share a server. */
  readonly couchdbPrefix: string;
  /** Copies and shards; see `openCouchStore`. */
  readonly couchdb?: Omit<CouchStoreOptions, 'url' | 'prefix'>;
  /** Where packets lie: on this machine's disk, unless it is said, or in the store. */
  readonly vault?: 'disk' | 'store';
  /** How stations and people reach the gateway, for invitations and links; asked when one is made. */
  readonly gatewayUrl?: () => string;
  /** Its certificate with those up to its authority (PEM), where it is the gateway that has one; asked likewise. */
  readonly gatewayCertificate?: () => string | undefined;
  /** How long an invitation is good for, unless it is said. */
  readonly invitationHours?: number;
  /** Told when this process can not go on, because the store is that of other keys by now: ENR-OPS-008. */
  readonly onOtherKeys?: (error: EnrouteError) => void;
  readonly people?: PeopleSettings;
  readonly now: () => Date;
  readonly log: Logger;
}

export type PeopleSettings = Partial<Pick<PeopleOptions, 'secureCookies' | 'demandSecondFactor' | 'sessionTimes'>>;

/** What an administrator does with a core, whether or not it runs. */
export interface CoreAdministration {
  /** What the core says of itself to stations. */
  readonly card: CoreCard;
  register(card: StationCard): Promise<void>;
  readonly people: People;
  readonly stationAdministration: StationAdministration;
  /** @throws the signal's reason when it is aborted. */
  conservation(signal?: AbortSignal): Promise<Conservation>;
  /** All that was noted of a registration, in order; empty when it is not known. */
  history(rid: string): Promise<readonly HistoryEntry[]>;
  deadLetters(): Promise<DeadLetters>;
  /**
   * Orders a dead letter to go on.
   * @param by who does, for its history
   * @throws EnrouteError ENR-OPS-001 when it is none
   */
  resume(rid: string, by?: string): Promise<void>;
  /** Sets the country's master data and sends it down. @throws EnrouteError ENR-MST-001 when it is too large. */
  setMaster(country: CountryMaster): Promise<MasterSet>;
  /** What was set last; undefined where nothing was. */
  master(): Promise<StoredMaster | undefined>;
}

export interface OpenedCore extends CoreAdministration {
  readonly keys: CoreKeys;
  readonly store: Store;
  readonly databases: CoreDatabases;
  readonly vault: Vault;
  /** What the vault, and with it unfinished uploads, lies in. */
  readonly keepsBytesIn: 'disk' | 'store';
  readonly stations: StationRegister;
  /** What people have registrations do. */
  readonly orders: Orders;
  /** What an administrator does with stations, over a register that keeps what it has read: it has to know at once. */
  administrationOver(register: StationRegister): StationAdministration;
  /** What was done with rights, in this process's own chain. */
  readonly audit: Audit;
  /** Makes ready what a registered station needs: its channel, and what is sent down it. Repeating it changes nothing. */
  prepare(card: StationCard): Promise<void>;
  readonly now: () => Date;
  /** Whether other processes may have the same store open. */
  readonly isShared: boolean;
  /**
   * For a core that was restored from a backup: from its next start on it is of another epoch, and stations offer again
   * what they still hold. Sessions, sign-in links and open invitations end: some of them had, by the time that was lost.
   * @returns the epoch.
   * @throws EnrouteError ENR-OPS-007 when this machine's clock is behind what the store tells of: nothing was changed.
   */
  newEpoch(): Promise<string>;
  /**
   * New keys to sign with and to be sealed for, from the next start of every process of this core on; stations follow by
   * themselves. @returns the id of the signing key.
   */
  rotateKeys(): Promise<string>;
  close(): Promise<void>;
}

/**
 * @param whenNew what to do in a folder that holds no core: `create` makes its keys
 * @throws EnrouteError ENR-OPS-002 when there is no core and none is to be made, ENR-OPS-003 when the store belongs to
 *   other keys, ENR-STN-005 on a wrong passphrase.
 */
export async function openCore(options: OpenCoreOptions, whenNew: 'create' | 'refuse'): Promise<OpenedCore> {
  const { folder, now, log } = options;
  const keysPath = join(folder, 'core-keys.json');
  if (whenNew === 'refuse' && !existsSync(keysPath)) throw new EnrouteError('ENR-OPS-002', folder);
  await using opened = new AsyncDisposableStack();
  const store = await openStore({
    folder: join(folder, 'store'),
    ...(options.couchdbUrl
      ? { couchdbUrl: options.couchdbUrl, couchdb: { ...options.couchdb, prefix: options.couchdbPrefix } }
      : {}),
    onFatal: (error) => log.fatal({ err: error }, 'the store is failing; stop the core and check the disk'),
  });
  opened.defer(() => store.close());
  const databases = await openCoreDatabases(store);
  const keys = await openKeysOfStore(keysPath, options.passphrase, databases.leases);
  const vault = options.vault === 'store' ? openStoreVault(databases.vault, now) : openDiskVault(join(folder, 'vault'));
  const stations = openStationRegister(databases.stations, now);
  const isShared = Boolean(options.couchdbUrl);
  await tellCoreKeys({ keys, register: stations, databases, isShared });
  const { onOtherKeys } = options;
  if (isShared && onOtherKeys) opened.defer(watchKeys({ keys, leases: databases.leases, onOtherKeys, log }));
  const { registrations, events, checkpoints } = databases;
  const orders = openOrders({ registrations, events, checkpoints, now });
  const people = openPeople({
    people: databases.people,
    sessions: databases.sessions,
    keys,
    now,
    secureCookies: false,
    ...options.people,
  });
  const audit = openAudit({ database: databases.audit, writer: newWriter(), signing: keys.signing, now });
  const prepare = async (card: StationCard): Promise<void> => {
    await databases.channel(card.station);
    await sendCoreKeys(card.station, keys, databases);
    const master = await readMaster(databases.master);
    if (master) await sendMaster(master, card.station, databases, keys);
  };
  const { gatewayUrl = addressNotKnown, gatewayCertificate, invitationHours } = options;
  const gateway = {
    get url() {
      return reachableUrl(gatewayUrl());
    },
    get ca() {
      return authorityOf(gatewayCertificate?.());
    },
  };
  const administrationOver = (register: StationRegister): StationAdministration =>
    openStationAdministration({ register, keys, gateway, invitationHours, now });
  const known = async (): Promise<string[]> => (await stations.list()).map(({ station }) => station);
  const parts = opened.move();
  return {
    keys,
    store,
    databases,
    vault,
    keepsBytesIn: options.vault ?? 'disk',
    stations,
    isShared,
    card: coreCardOf(keys),
    people,
    stationAdministration: administrationOver(stations),
    administrationOver,
    audit,
    prepare,
    register: async (card) => {
      await databases.channel(card.station);
      await stations.register(card);
      await prepare(card);
    },
    conservation: async (signal) => checkConservation({ store, databases, vault, now: now() }, signal),
    orders,
    now,
    history: async (rid) => {
      const found = await registrations.get<StoredRegistration>(rid);
      return found ? openHistories(databases.histories).of(found) : [];
    },
    deadLetters: () => listDeadLetters({ registrations, checkpoints, now }),
    resume: async (rid, by = 'core') => {
      await resumeDeadLetter(rid, by, registrations, orders);
    },
    setMaster: (country) => setMaster(country, databases, keys, known, now()),
    master: () => readMaster(databases.master),
    rotateKeys: () => rotateCoreKeys(keysPath, options.passphrase, now()),
    newEpoch: async () => {
      await requireClockNotBehind(stations, now());
      await endOldTrust(databases, stations);
      // First, so that the new epoch is never without it; to do it twice does no harm.
      await renumberMaster(databases, keys, known, now());
      return renewEpoch(keysPath, options.passphrase, now());
    },
    close: () => parts.disposeAsync(),
  };
}

/** Whoever makes an invitation says where it leads: the running gateway knows, a command is told by the configuration. */
function addressNotKnown(): never {
  throw new EnrouteError('ENR-CFG-006');
}
