/** Unfinished uploads as files: one with the bytes, named by the upload, and tus's note beside it. */
import { mkdir, open, opendir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolderSync, PARTIAL_SUFFIX, syncFile, writeDurably } from '@enroute/sync/disk/durable-file.ts';
import { ridOfUpload } from '@enroute/sync/upload/upload-id.ts';
import { ERRORS, FileKvStore } from '@tus/utils';
import { chunksOfFile } from '../../vault/packet-source.ts';
import { watchedRoom } from './admission.ts';
import { GrowingFile } from './growing-file.ts';
import type { UploadMedium, UploadNote } from './upload-medium.ts';

const NOTE_SUFFIX = '.json';
/** Of an upload's files: its bytes, its note, and the note in the making. */
const SUFFIXES = ['', NOTE_SUFFIX, `${NOTE_SUFFIX}${PARTIAL_SUFFIX}`] as const;
const BATCH = 200;

/** @param directory on the same disk as the vault, if that is on a disk */
export function fileMedium(directory: string): Required<UploadMedium> {
  // So that its name outlives a power cut.
  makeFolderSync(directory);
  const notes = new FileKvStore<UploadNote>(directory);
  const pathOf = (id: string): string => join(directory, id);

  /** Bytes may have reached the file and not the disk: they are counted when they have. */
  const durableBytes = async (id: string): Promise<number | undefined> => {
    const found = await stat(pathOf(id)).catch(() => undefined);
    if (!found?.isFile()) return undefined;
    await syncFile(pathOf(id));
    return found.size;
  };

  return {
    mayTear: true,
    pathOf,
    find: async (id) => {
      const [note, endBytes] = await Promise.all([notes.get(id), durableBytes(id)]);
      return { note, endBytes };
    },
    begin: async (id, note) => {
      await mkdir(dirname(pathOf(id)), { recursive: true });
      await (await open(pathOf(id), 'a')).close();
      // Makes the names of both durable.
      await writeDurably(pathOf(id) + NOTE_SUFFIX, Buffer.from(JSON.stringify(note)));
    },
    grow: (id, offset) =>
      GrowingFile.open(pathOf(id), offset).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'ENOENT' ? ERRORS.FILE_NOT_FOUND : error;
      }),
    read: (id, from, to) => chunksOfFile(pathOf(id), from, to),
    remove: async (id, untouchedSinceMs = Number.POSITIVE_INFINITY) => {
      const found = await Promise.all(SUFFIXES.map((suffix) => stat(pathOf(id) + suffix).catch(() => undefined)));
      const times = found.flatMap((file) => (file ? [file.mtimeMs] : []));
      if (times.length === 0 || times.some((timeMs) => timeMs >= untouchedSinceMs)) return false;
      for (const suffix of SUFFIXES) await rm(pathOf(id) + suffix, { force: true });
      return true;
    },
    ids: () => uploadsIn(directory),
    room: watchedRoom(directory),
  };
}

async function* uploadsIn(folder: string): AsyncGenerator<string[]> {
  let batch = new Set<string>();
  const entries = await opendir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for await (const { name } of entries) {
    const id = name.replace(/\.json(?:\.partial)?$/, '');
    if (ridOfUpload(id)) batch.add(id);
    if (batch.size < BATCH) continue;
    yield [...batch];
    batch = new Set();
  }
  if (batch.size > 0) yield [...batch];
}
