/**
 * Opens a PouchDB database in one SQLite file, through `pouchdb-adapter-node-websql` on the guarded opener.
 * It is the station's store and the core's embedded store.
 */
import { dirname } from 'node:path';
import websqlAdapter from 'pouchdb-adapter-node-websql';
import PouchDB from 'pouchdb-core';
import customOpenDatabase, { type WebSqlDatabase } from 'websql/custom/index.js';
import { makeFolderSync } from './durable-file.ts';
import { GuardedSqlite, type SqlRow } from './guarded-sqlite.ts';

PouchDB.plugin(websqlAdapter);

/** An open database, what PouchDB's own interface can't do with it, and the one right way to close it. */
export interface PouchHandle {
  readonly db: PouchDB.Database;
  /**
   * Erases documents with all their revisions, tombstones too, in one transaction, as if they had never been written.
   * PouchDB has no purge on this adapter, and a store whose tombstones stay for ever only grows. Not for a database
   * whose changes feed someone follows: nobody is told.
   */
  purge(ids: readonly string[]): Promise<void>;
  /**
   * The rows of a SELECT over the adapter's tables, at once, for an owner who needs another order than PouchDB's. Only
   * what is committed can be seen.
   *
   * @throws the SQLite error, and an error while a write through this handle is under way.
   */
  select(sql: string, args: readonly unknown[]): readonly SqlRow[];
  /** Carries out statements that define something (an index, say) in one transaction: all of them or none. */
  define(statements: readonly string[]): Promise<void>;
  /**
   * The number of the newest change ever written. Unlike `update_seq` it never goes back, whatever is purged.
   *
   * @throws an error while a write through this handle is under way.
   */
  highestSequence(): number;
  /** Resolves when PouchDB has let go and SQLite has closed the file. Safe to call twice. */
  close(): Promise<void>;
}

/** How PouchDB keeps its documents in the file. */
export interface PouchOptions {
  /** Drop the body of a revision as soon as a newer one replaces it, for a store that nobody replicates from. */
  readonly autoCompaction?: boolean;
}

export interface OpenPouchOptions extends PouchOptions {
  /** Called once when the file itself is failing; nothing that follows on this handle can be trusted. */
  readonly onFatal: (error: Error) => void;
  /** Keep every other process off the file, for an owner that must be the only writer. */
  readonly exclusive?: boolean;
}

/** Revisions that PouchDB remembers of a document: enough for a conflict to be seen, few enough to stay small. */
const REVISIONS_KEPT = 20;

const PURGE = [
  'DELETE FROM "attach-seq-store" WHERE seq IN (SELECT seq FROM "by-sequence" WHERE doc_id=?)',
  'DELETE FROM "by-sequence" WHERE doc_id=?',
  'DELETE FROM "document-store" WHERE id=?',
];
const PURGE_ATTACHMENTS = 'DELETE FROM "attach-store" WHERE digest NOT IN (SELECT digest FROM "attach-seq-store")';
/** The counter behind AUTOINCREMENT, which SQLite never lowers. */
const HIGHEST_SEQUENCE = `SELECT seq FROM sqlite_sequence WHERE name = 'by-sequence'`;

/**
 * @param file path of the SQLite file; its folder is made when it is missing.
 * @throws the SQLite error when the file can't be opened or is not a database.
 */
export async function openPouch(file: string, options: OpenPouchOptions): Promise<PouchHandle> {
  makeFolderSync(dirname(file));
  let reported = false;
  const sqlite = new GuardedSqlite(file, {
    exclusive: options.exclusive ?? false,
    onFatal: (error) => {
      if (reported) return;
      reported = true;
      options.onFatal(error);
    },
  });
  return pouchOver(sqlite, file, options);
}

/**
 * PouchDB over a SQLite file that is open already; it belongs to the handle from here on.
 *
 * @throws the adapter's error when its tables can't be made or read; the file is closed then.
 */
export async function pouchOver(sqlite: GuardedSqlite, name: string, options: PouchOptions = {}): Promise<PouchHandle> {
  const openDatabase = customOpenDatabase(
    class {
      exec: GuardedSqlite['exec'] = (queries, readOnly, callback) => sqlite.exec(queries, readOnly, callback);
    },
  );
  const websql = openDatabase(name, '1', name, 1);
  const shell = takeShell(name);
  shell.hold(websql);
  const configuration = {
    adapter: 'websql',
    websql: () => shell,
    revs_limit: REVISIONS_KEPT,
    auto_compaction: options.autoCompaction ?? false,
  };
  let db: PouchDB.Database;
  try {
    db = new PouchDB(shell.name, configuration);
    await db.info();
  } catch (error) {
    sqlite.close();
    shell.release();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    db,
    purge: async (ids) => {
      await purge(websql, ids);
      sqlite.shrink();
    },
    select: (sql, args) => sqlite.select(sql, args),
    define: (statements) =>
      inTransaction(websql, (execute) => {
        for (const statement of statements) execute(statement);
      }),
    highestSequence: () => highestSequence(sqlite),
    close: () => {
      closing ??= db.close().finally(() => {
        sqlite.close();
        shell.release();
      });
      return closing;
    },
  };
}

/**
 * What the adapter has for a database, and keeps under its name for ever. So that a process which opens and closes does
 * not grow, there is one for each file, and another only when a file is open twice. What a closed handle still begins is
 * refused, or carried out in the file it was meant for; never in another.
 */
class Shell implements WebSqlDatabase {
  readonly name: string;
  #websql: WebSqlDatabase | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get isFree(): boolean {
    return this.#websql === undefined;
  }

  hold(websql: WebSqlDatabase): void {
    this.#websql = websql;
  }

  get transaction(): WebSqlDatabase['transaction'] {
    return this.#websql?.transaction.bind(this.#websql) ?? refuse;
  }

  get readTransaction(): WebSqlDatabase['readTransaction'] {
    return this.#websql?.readTransaction.bind(this.#websql) ?? refuse;
  }

  release(): void {
    this.#websql = undefined;
  }
}

const shells = new Map<string, Shell[]>();

/** @param file its path, or what stands for it */
function takeShell(file: string): Shell {
  const ofFile = shells.get(file) ?? [];
  const free = ofFile.find(({ isFree }) => isFree);
  if (free !== undefined) return free;
  const shell = new Shell(`${file}#${ofFile.length}`);
  shells.set(file, [...ofFile, shell]);
  return shell;
}

const refuse: WebSqlDatabase['transaction'] = (_body, failed) => failed(new Error('The database is closed.'));

function purge(websql: WebSqlDatabase, ids: readonly string[]): Promise<void> {
  return inTransaction(websql, (execute) => {
    for (const id of ids) for (const sql of PURGE) execute(sql, [id]);
    execute(PURGE_ATTACHMENTS);
  });
}

type Execute = (sql: string, args?: readonly unknown[]) => void;

function inTransaction(websql: WebSqlDatabase, body: (execute: Execute) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  websql.transaction((transaction) => body((sql, args) => transaction.executeSql(sql, args)), reject, resolve);
  return promise;
}

function highestSequence(sqlite: GuardedSqlite): number {
  const [row] = sqlite.select(HIGHEST_SEQUENCE, []);
  return row === undefined ? 0 : Number(row.seq);
}
