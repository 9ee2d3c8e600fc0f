/** The store that a country runs: CouchDB 3, one node or a cluster. */
import { Lifecycle } from '../lifecycle.ts';
import { isDatabaseName, misuse, requireDatabaseName } from '../rules.ts';
import type { Database, Store } from '../store.ts';
import { parseNames } from './answers.ts';
import { CouchClient, CouchError } from './couch-client.ts';
import { CouchDatabase } from './couch-database.ts';

export interface CouchStoreOptions {
  /** `http[s]://user:password@host:port/`, with a path when the server is behind one. */
  readonly url: string;
  /** Goes before every database name, so that several cores can share a server: `[a-z][a-z0-9_-]*`. */
  readonly prefix?: string;
  /** How long one request may take; a long poll may take its wait on top. */
  readonly requestTimeoutMs?: number;
  /** Shards of a database that is made; the server's own default (2) when absent. */
  readonly q?: number;
  /** Copies of each shard in a cluster; the server's own default when absent. */
  readonly n?: number;
}

const REQUEST_TIMEOUT_MS = 30_000;
const PRECONDITION_FAILED = 412;
const PREFIX = /^([a-z][a-z0-9_-]{0,63})?$/;

/** @throws StoreError when the server can't be reached or does not let us in. */
export async function openCouchStore(options: CouchStoreOptions): Promise<Store> {
  const prefix = options.prefix ?? '';
  if (!PREFIX.test(prefix))
    throw misuse('The prefix of database names is not [a-z][a-z0-9_-]*, at most 64 characters.');
  const client = new CouchClient(options.url, options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS);
  // Listing asks for an administrator, so wrong credentials show now and not at the first write.
  parseNames(await client.request({ method: 'GET', db: '_all_dbs', query: { limit: 1 } }));
  const shape = {
    ...(options.q === undefined ? {} : { q: options.q }),
    ...(options.n === undefined ? {} : { n: options.n }),
  };
  return new CouchStore(client, prefix, shape);
}

class CouchStore implements Store {
  readonly #client: CouchClient;
  readonly #prefix: string;
  readonly #shape: Readonly<Record<string, number>>;
  readonly #lifecycle = new Lifecycle();
  readonly #databases = new Map<string, Promise<CouchDatabase>>();

  constructor(client: CouchClient, prefix: string, shape: Readonly<Record<string, number>>) {
    this.#client = client;
    this.#prefix = prefix;
    this.#shape = shape;
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
      } catch (error) {
        this.#databases.delete(name);
        throw error;
      }
    });
  }

  list(prefix: string): Promise<string[]> {
    return this.#lifecycle.run(async () => {
      const lowest = `${this.#prefix}${prefix}`;
      // nano writes both keys as JSON. Names are ASCII, so '~' is above all of them.
      const query = { startkey: lowest, endkey: `${lowest}~` };
      const names = parseNames(await this.#client.request({ method: 'GET', db: '_all_dbs', query }));
      return names
        .map((fullName) => fullName.slice(this.#prefix.length))
        .filter((name) => isDatabaseName(name) && name.startsWith(prefix))
        .sort();
    });
  }

  close(): Promise<void> {
    return this.#lifecycle.close();
  }

  async #open(name: string): Promise<CouchDatabase> {
    const fullName = `${this.#prefix}${name}`;
    try {
      await this.#client.request({ method: 'PUT', db: fullName, query: this.#shape });
    } catch (error) {
      const exists = error instanceof CouchError && error.status === PRECONDITION_FAILED;
      if (!exists) throw error;
    }
    return new CouchDatabase({ name, fullName, client: this.#client, lifecycle: this.#lifecycle });
  }
}
