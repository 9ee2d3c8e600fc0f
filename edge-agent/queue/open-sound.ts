/** Opens what a station keeps, mended if need be: after this the queue tells of every packet that lies on the disk. */
import { join } from 'node:path';
import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Logger } from 'pino';
import { restoreAnnouncements } from '../agent/announcer.ts';
import type { StationIdentity } from '../keys/station-identity.ts';
import { listStoreFiles } from '../store/store-file.ts';
import {
  lostParts,
  noteCleanClose,
  noteLoss,
  type StoreAt,
  type StorePart,
  setDamagedAside,
  settleLoss,
  takeCleanClose,
} from './mend-store.ts';
import { openPacketFiles, type PacketFiles } from './packet-files.ts';
import { openQueue, type Queue } from './queue.ts';
import { highestSequence, rebuildQueue } from './rebuild.ts';
import { raiseSequence } from './rid-issuer.ts';
import { databaseNameOf, openStationDatabase, type StationDatabase } from './station-database.ts';
import { tidyFiles } from './tidy.ts';

export interface SoundStore {
  readonly database: StationDatabase;
  readonly queue: Queue;
  /** Sealed packets. */
  readonly files: PacketFiles;
  /** Drafts, and copies for the supervisor's eyes. */
  readonly drafts: PacketFiles;
  close(): Promise<void>;
}

export interface OpenSoundOptions {
  /** Of the station. */
  readonly folder: string;
  readonly identity: StationIdentity;
  readonly now: () => Date;
  readonly log: Logger;
}

const SQLITE_BUSY = 5;

/** @throws EnrouteError ENR-STN-011 when another process has it open; what SQLite or the file system says otherwise. */
export async function openSound(options: OpenSoundOptions): Promise<SoundStore> {
  const at: StoreAt = {
    folder: join(options.folder, 'store'),
    databaseName: databaseNameOf(options.identity.station),
    now: options.now,
  };
  const files = openPacketFiles(join(options.folder, 'packets'));
  const drafts = openPacketFiles(join(options.folder, 'drafts'));
  try {
    await noteMissingStore(at, files, drafts);
    const isClean = await takeCleanClose(at.folder);
    if (!isClean || (await lostParts(at.folder)).size > 0) await setDamagedAside(at);
    return await openMended(options, at, { files, drafts }).catch(async (error: unknown) => {
      if (!isDamage(error) || (await setDamagedAside(at)).size === 0) throw error;
      return openMended(options, at, { files, drafts });
    });
  } catch (error) {
    throw (error as { errcode?: unknown }).errcode === SQLITE_BUSY
      ? new EnrouteError('ENR-STN-011', undefined, error)
      : error;
  }
}

/** There are packets and no database at all: someone or something has deleted it. */
async function noteMissingStore({ folder, databaseName }: StoreAt, ...folders: PacketFiles[]): Promise<void> {
  if ((await listStoreFiles(folder, databaseName)).length > 0) return;
  const rids = await Promise.all(folders.map((one) => one.rids()));
  if (rids.flat().length > 0) await noteLoss(folder, ['queue', 'counters']);
}

async function openMended(
  { identity, now, log }: OpenSoundOptions,
  at: StoreAt,
  { files, drafts }: Pick<SoundStore, 'files' | 'drafts'>,
): Promise<SoundStore> {
  let failed = false;
  const database = await openStationDatabase({
    station: identity.station,
    folder: at.folder,
    onFatal: (error) => {
      failed = true;
      log.fatal({ err: error }, 'the store is failing; stop the station and check the disk');
    },
  });
  try {
    const queue = await openQueue(database.queue, now);
    const store = { database, queue, files, drafts };
    const lost = await lostParts(at.folder);
    if (lost.size > 0) {
      await makeAnew(store, lost, identity, log);
      await settleLoss(at.folder);
    }
    await tidyFiles(store);
    return {
      ...store,
      close: async () => {
        await database.close();
        if (!failed) await noteCleanClose(at.folder);
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function makeAnew(
  { database, queue, files, drafts }: Omit<SoundStore, 'close'>,
  lost: ReadonlySet<StorePart>,
  { station, signing }: StationIdentity,
  log: Logger,
): Promise<void> {
  const source = { queue, files, drafts, station, stationKey: publicKeyOf(signing) };
  log.error({ code: 'ENR-STN-010', lost: [...lost] }, 'a database was damaged; it is set aside and made anew');
  if (lost.has('queue')) {
    const { packets, damaged } = await rebuildQueue(source);
    log.warn({ packets, damaged }, 'the queue was made anew from the packets');
  }
  if (lost.has('channel')) await restoreAnnouncements(queue, database.outgoing);
  if (lost.has('counters')) await raiseSequence(database.counters, await highestSequence(source));
}

function isDamage(error: unknown): boolean {
  return error instanceof EnrouteError && error.code === 'ENR-STN-010';
}
