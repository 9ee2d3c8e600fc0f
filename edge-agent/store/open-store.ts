/** Opens the file of one storage instance, with the indexes of its schema and the note of its last commit. */
import type { PouchHandle } from '@enroute/sync/disk/pouch.ts';
import { type CommitNote, openCommitNote, readCommitNote } from './commit-note.ts';
import {
  definedIndexes,
  definitionsChecksum,
  hasDocuments,
  indexDefinitions,
  noteChecksum,
  notedChecksum,
} from './document-tables.ts';
import { damage, isDamage, storeError } from './store-damage.ts';
import { deleteStoreFile } from './store-file.ts';

export type OpenStoreFile = (file: string, onFatal: (error: Error) => void) => Promise<PouchHandle>;

/** An open file, and what became of it. */
export interface OpenStore {
  readonly handle: PouchHandle;
  /** Notes that everything written so far is committed. @returns the number of the newest write. */
  committed(): number;
  /** Why the file can't be trusted any more, or undefined while it can. */
  failure(): Error | undefined;
  /** Says that file and memory have parted; from here on `failure` answers. */
  fail(error: Error): void;
  /** An error of reading or writing as the station knows it. One that speaks of damage fails the file. */
  judged(error: unknown): Error;
  /** Closes the file. */
  close(): Promise<void>;
  /** Deletes the closed file. */
  delete(): Promise<void>;
}

export interface OpenStoreSettings {
  readonly open: OpenStoreFile;
  /** Called once when the file is failing. */
  readonly onFatal: (error: Error, file: string) => void;
}

/** Two instances of one file would each answer without what the other has in its queue. */
const openFiles = new Set<string>();

/**
 * @param indexNames the schema's indexes, in the order in which documents store their texts.
 * @throws EnrouteError ENR-STN-010 when the file is damaged; whatever the file system or SQLite says otherwise.
 */
export async function openStore(
  file: string,
  indexNames: readonly string[],
  settings: OpenStoreSettings,
): Promise<OpenStore> {
  if (openFiles.has(file)) throw new Error(`${file} is open already; close that database first.`);
  openFiles.add(file);
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    if (failure) return;
    failure = storeError(error);
    settings.onFatal(failure, file);
  };
  try {
    const handle = await settings.open(file, fail);
    try {
      await defineIndexes(handle, indexNames);
      demandEveryCommit(file, handle);
      return openedStore(file, handle, openCommitNote(file), { failure: () => failure, fail });
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    openFiles.delete(file);
    // PouchDB hands SQLite's errors on without their code; the guarded connection has told of the real one.
    throw isDamage(failure) ? failure : storeError(error);
  }
}

function openedStore(
  file: string,
  handle: PouchHandle,
  note: CommitNote,
  { failure, fail }: Pick<OpenStore, 'failure' | 'fail'>,
): OpenStore {
  return {
    handle,
    committed: () => {
      const sequence = handle.highestSequence();
      note.write(sequence);
      return sequence;
    },
    failure,
    fail,
    judged: (error) => {
      const told = storeError(error);
      if (isDamage(told)) fail(told);
      return told;
    },
    close: async () => {
      try {
        await handle.close();
      } finally {
        openFiles.delete(file);
        note.close();
      }
    },
    delete: () => deleteStoreFile(file),
  };
}

/** Makes the indexes of an empty file, or sees that those of the file are the schema's. */
async function defineIndexes(handle: PouchHandle, names: readonly string[]): Promise<void> {
  const { select, define } = handle;
  const noted = notedChecksum(select);
  if (noted === 0) {
    if (hasDocuments(select)) throw damage('the file holds documents that were not written through RxDB');
    await define(indexDefinitions(names));
    await define([noteChecksum(definitionsChecksum(select))]);
    return;
  }
  if (noted !== definitionsChecksum(select)) throw damage('the definitions of the tables have changed');
  if (definedIndexes(select).join('\n') === names.join('\n')) return;
  throw new Error('The schema has other indexes than the file: give it a new version and a migration.');
}

function demandEveryCommit(file: string, handle: PouchHandle): void {
  const noted = readCommitNote(file) ?? 0;
  const highest = handle.highestSequence();
  if (highest < noted) throw damage(`of ${noted} committed writes the file holds only the first ${highest}`);
}
