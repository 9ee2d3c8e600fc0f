/**
 * Opens a PouchDB database in one SQLite file, through `pouchdb-adapter-node-websql` on the guarded opener.
 * It is the station's store and the core's embedded store.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import websqlAdapter from 'pouchdb-adapter-node-websql';
import PouchDB from 'pouchdb-core';
import customOpenDatabase from 'websql/custom/index.js';
import { GuardedSqlite } from './guarded-sqlite.ts';

PouchDB.plugin(websqlAdapter);

/** An open database and the one right way to close it. */
export interface PouchHandle {
  readonly db: PouchDB.Database;
  /** Resolves when PouchDB has let go and SQLite has closed the file. Safe to call twice. */
  close(): Promise<void>;
}

export interface OpenPouchOptions {
  /** Called once when the file itself is failing; nothing that follows on this handle can be trusted. */
  readonly onFatal: (error: Error) => void;
}

let opened = 0;

/**
 * @param file path of the SQLite file; its folder is made when it is missing.
 * @throws the SQLite error when the file can't be opened or is not a database.
 */
export async function openPouch(file: string, options: OpenPouchOptions): Promise<PouchHandle> {
  mkdirSync(dirname(file), { recursive: true });
  let reported = false;
  const sqlite = new GuardedSqlite(file, {
    onFatal: (error) => {
      if (reported) return;
      reported = true;
      options.onFatal(error);
    },
  });
  const openDatabase = customOpenDatabase(
    class {
      exec: GuardedSqlite['exec'] = (queries, readOnly, callback) => sqlite.exec(queries, readOnly, callback);
    },
  );
  // The adapter keeps every database it ever opened by name; a name of its own for each opening keeps a closed handle
  // from being handed out again.
  opened += 1;
  const configuration = { adapter: 'websql', websql: openDatabase, revs_limit: 20 };
  const db = new PouchDB(`${file}#${opened}`, configuration as PouchDB.Configuration.DatabaseConfiguration);
  try {
    await db.info();
  } catch (error) {
    sqlite.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= db.close().then(() => sqlite.close());
    return closing;
  };
  return { db, close };
}
