/** The store that needs nothing installed: one SQLite file per database in a folder, in this process. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { requireFolder } from '@enroute/sync/disk/durable-file.ts';
import { isBusy, lockFolder } from '@enroute/sync/disk/folder-lock.ts';
import { Lifecycle } from '../lifecycle.ts';
import { isDatabaseName, requireDatabaseName } from '../rules.ts';
import { type Database, type OnTrouble, type Store, StoreError, type Written } from '../store.ts';
import { tell } from '../tell.ts';
import { type DatabaseFile, openDatabaseFile } from './database-file.ts';
import { EmbeddedDatabase } from './embedded-database.ts';
import { OpenFiles } from './open-files.ts';

export interface EmbeddedStoreOptions {
  /** Made when it is missing. One process at a time may have it open. */
  readonly folder: string;
  /** Called once when a file is failing. Every call is refused from then on: end the process and look at the disk. */
  readonly onFatal: (error: Error) => void;
  /** Databases that may be open at once; each holds about six files. */
  readonly mostOpen?: number;
}

const MOST_OPEN = 64;
const EXTENSION = '.sqlite';

/** SQLite primary result codes after which a file can't be trusted: IOERR, CORRUPT, NOTADB. */
const FATAL_CODES = new Set([10, 11, 26]);

export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  // Its name too: what is durable in a folder that is not there after a power cut is lost.
  await requireFolder(options.folder, 0o700);
  return new EmbeddedStore(options, hold(options.folder));
}

/** Alone: long polls hear of writes in memory, and PouchDB's transactions would fail at random beside another process's. */
function hold(folder: string): () => void {
  try {
    return lockFolder(folder);
  } catch (cause) {
    if (isBusy(cause)) throw new EnrouteError('ENR-OPS-004', folder, cause);
    throw new StoreError(`The store in ${folder} can't be locked.`, { transient: true, cause });
  }
}

class EmbeddedStore implements Store {
  readonly #options: EmbeddedStoreOptions;
  readonly #unlock: () => void;
  readonly #lifecycle = new Lifecycle();
  readonly #files: OpenFiles<DatabaseFile>;
  readonly #databases = new Map<string, EmbeddedDatabase>();
  readonly #watches = new Set<Written>();
  #failed = false;
  #closing: Promise<void> | undefined;

  constructor(options: EmbeddedStoreOptions, unlock: () => void) {
    this.#options = options;
    this.#unlock = unlock;
    this.#files = new OpenFiles((name) => this.#open(name), options.mostOpen ?? MOST_OPEN);
  }

  /** Every database decides here: there is one copy, and one process that writes. */
  database(name: string): Promise<Database> {
    return this.#lifecycle.run(async () => {
      requireDatabaseName(name);
      let known = this.#databases.get(name);
      if (known === undefined) {
        // Makes the file, and finds out at once when it is none.
        await this.#files.use(name, () => undefined);
        known = this.#databases.get(name) ?? this.#handle(name);
        this.#databases.set(name, known);
      }
      return known;
    });
  }

  list(prefix: string): Promise<string[]> {
    return this.#lifecycle.run(async () => {
      const files = await readdir(this.#options.folder);
      return files
        .filter((file) => file.endsWith(EXTENSION))
        .map((file) => file.slice(0, -EXTENSION.length))
        .filter((name) => isDatabaseName(name) && name.startsWith(prefix))
        .sort();
    });
  }

  /** Tells every write at once, and none twice or for nothing: this process is the only writer. */
  watch(prefix: string, written: Written, onTrouble?: OnTrouble): Promise<() => Promise<void>> {
    return this.#lifecycle.run(async () => {
      const watch = (name: string): void => {
        if (name.startsWith(prefix)) tell(name, written, onTrouble);
      };
      this.#watches.add(watch);
      return async () => {
        this.#watches.delete(watch);
      };
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #handle(name: string): EmbeddedDatabase {
    return new EmbeddedDatabase({
      name,
      files: this.#files,
      lifecycle: this.#lifecycle,
      onReadError: (error) => {
        if (isFatal(error)) this.#fatal(name, error);
      },
      onWritten: () => {
        for (const watch of this.#watches) watch(name);
      },
    });
  }

  async #open(name: string): Promise<DatabaseFile> {
    try {
      const file = join(this.#options.folder, `${name}${EXTENSION}`);
      return await openDatabaseFile(file, (error) => this.#fatal(name, error));
    } catch (cause) {
      throw new StoreError(`The database ${name} can't be opened.`, { transient: !isFatal(cause), cause });
    }
  }

  #fatal(name: string, error: Error): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#lifecycle.fail(`The file of database ${name} is failing.`, error);
    this.#options.onFatal(error);
  }

  async #close(): Promise<void> {
    await this.#lifecycle.close();
    try {
      await this.#files.close();
    } catch (cause) {
      throw new StoreError('A database could not be closed.', { transient: false, cause });
    } finally {
      this.#unlock();
    }
  }
}

function isFatal(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' && FATAL_CODES.has(code & 0xff);
}
