/** The store that needs nothing installed: one SQLite file per database in a folder, in this process. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { isBusy, lockFolder } from '@enroute/sync/disk/folder-lock.ts';
import { openPouch } from '@enroute/sync/disk/pouch.ts';
import { Lifecycle } from '../lifecycle.ts';
import { isDatabaseName, requireDatabaseName } from '../rules.ts';
import { type Database, type Store, StoreError } from '../store.ts';
import { EmbeddedDatabase } from './embedded-database.ts';
import { PouchReader } from './pouch-reader.ts';

export interface EmbeddedStoreOptions {
  /** Made when it is missing. One process at a time may have it open. */
  readonly folder: string;
  /** Called once when a file is failing. Every call is refused from then on: end the process and look at the disk. */
  readonly onFatal: (error: Error) => void;
}

const EXTENSION = '.sqlite';

/** SQLite primary result codes after which a file can't be trusted: IOERR, CORRUPT, NOTADB. */
const FATAL_CODES = new Set([10, 11, 26]);

export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
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
  readonly #databases = new Map<string, Promise<EmbeddedDatabase>>();
  #failed = false;
  #closing: Promise<void> | undefined;

  constructor(options: EmbeddedStoreOptions, unlock: () => void) {
    this.#options = options;
    this.#unlock = unlock;
  }

  database(name: string): Promise<Database> {
    return this.#lifecycle.run(async () => {
      requireDatabaseName(name);
      const known = this.#databases.get(name);
      if (known) return known;
      const opening = this.#open(name);
      this.#databases.set(name, opening);
      try {
        return await opening;
      } catch (cause) {
        this.#databases.delete(name);
        throw new StoreError(`The database ${name} can't be opened.`, { transient: !isFatal(cause), cause });
      }
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

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #open(name: string): Promise<EmbeddedDatabase> {
    const file = join(this.#options.folder, `${name}${EXTENSION}`);
    const onFatal = (error: Error): void => this.#fatal(name, error);
    const pouch = await openPouch(file, { onFatal, autoCompaction: true });
    try {
      const reader = new PouchReader(file);
      const onReadError = (error: Error): void => {
        if (isFatal(error)) onFatal(error);
      };
      return new EmbeddedDatabase({ name, pouch, reader, lifecycle: this.#lifecycle, onReadError });
    } catch (error) {
      await pouch.close();
      throw error;
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
    const opened = await Promise.allSettled(this.#databases.values());
    const closed = await Promise.allSettled(
      opened.map((o) => (o.status === 'fulfilled' ? o.value.close() : undefined)),
    );
    this.#unlock();
    const failure = closed.find((outcome) => outcome.status === 'rejected');
    if (failure) throw new StoreError('A database could not be closed.', { transient: false, cause: failure.reason });
  }
}

function isFatal(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' && FATAL_CODES.has(code & 0xff);
}
