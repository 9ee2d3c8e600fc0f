/** Opens what a station keeps, mended if need be: after this the queue tells of every packet that lies on the disk. */
import { join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { isBusy, lockFolder } from '@enroute/sync/disk/folder-lock.ts';
import type { Logger } from 'pino';
import { restoreAnnouncements } from '../agent/announcer.ts';
import { ownSigningKeys, type StationIdentity } from '../keys/station-identity.ts';
import { openPacketFiles, type PacketFiles } from '../queue/packet-files.ts';
import { openQueue, type Queue } from '../queue/queue.ts';
import { raiseSequence } from '../queue/rid-issuer.ts';
import { databaseNameOf, openStationDatabase, type StationDatabase } from '../queue/station-database.ts';
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
import { highestSequence, rebuildQueue } from './rebuild.ts';
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

/** @throws EnrouteError ENR-STN-011 when another process has it open; what SQLite or the file system says otherwise. */
export async function openSound(options: OpenSoundOptions): Promise<SoundStore> {
  const at: StoreAt = {
    folder: join(options.folder, 'store'),
    databaseName: databaseNameOf(options.identity.station),
    now: options.now,
  };
  let release: (() => void) | undefined;
  try {
    release = lockFolder(at.folder);
    const files = openPacketFiles(join(options.folder, 'packets'));
    const drafts = openPacketFiles(join(options.folder, 'drafts'));
    await noteMissing(at, [files, drafts]);
    const isClean = await takeCleanClose(at.folder);
    if (!isClean || (await lostParts(at.folder)).size > 0) await setDamagedAside(at);
    const store = await openMended(options, at, { files, drafts }).catch(async (error: unknown) => {
      if (!isDamage(error) || (await setDamagedAside(at)).size === 0) throw error;
      return openMended(options, at, { files, drafts });
    });
    return { ...store, close: () => store.close().finally(release) };
  } catch (error) {
    release?.();
    throw isBusy(error) ? new EnrouteError('ENR-STN-011', undefined, error) : error;
  }
}

/** There are packets, and no database that tells of them: someone or something has deleted it. */
async function noteMissing({ folder, databaseName }: StoreAt, folders: readonly PacketFiles[]): Promise<void> {
  const present = new Set((await listStoreFiles(folder, databaseName)).map(({ collection }) => collection));
  const missing = (['queue', 'counters'] as const).filter((part) => !present.has(part));
  if (missing.length === 0) return;
  for (const one of folders) {
    for await (const _ of one.pages(1)) return noteLoss(folder, missing);
  }
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
    const unknown = await tidyFiles(store);
    if (unknown.length > 0)
      log.error({ code: 'ENR-STN-003', rids: unknown }, 'damaged packets that the queue does not know');
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
  identity: StationIdentity,
  log: Logger,
): Promise<void> {
  const { station } = identity;
  const source = { queue, files, drafts, station, stationKeys: ownSigningKeys(identity) };
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
