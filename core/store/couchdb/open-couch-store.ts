/** The store that a country runs: CouchDB 3, one node or a cluster. */
import { Lifecycle } from '../lifecycle.ts';
import { isDatabaseName, misuse, requireDatabaseName } from '../rules.ts';
import type { Database, DatabaseOptions, OnTrouble, Store, Written } from '../store.ts';
import { tell } from '../tell.ts';
import { parseInfo, parseMembership, parseNames } from './answers.ts';
import { type ClusterOptions, copiesIn, quorumOf, requireClusterOptions, shardsOf } from './cluster.ts';
import { CouchClient, CouchError } from './couch-client.ts';
import { CouchDatabase } from './couch-database.ts';
import { watchUpdates } from './couch-watch.ts';

export interface CouchStoreOptions extends ClusterOptions {
  /** `http[s]://user:password@host:port/`, with a path when the server is behind one. */
  readonly url: string;
  /** Goes before every database name, so that several cores can share a server: `[a-z][a-z0-9_-]*`. */
  readonly prefix?: string;
  /** How long one request may take; a long poll may take its wait on top. */
  readonly requestTimeoutMs?: number;
}

const REQUEST_TIMEOUT_MS = 30_000;
const NOT_FOUND = 404;
const PRECONDITION_FAILED = 412;
const PREFIX = /^([a-z][a-z0-9_-]{0,63})?$/;

/** @throws StoreError when the server can't be reached or does not let us in. */
export async function openCouchStore(options: CouchStoreOptions): Promise<Store> {
  const prefix = options.prefix ?? '';
  if (!PREFIX.test(prefix))
    throw misuse('The prefix of database names is not [a-z][a-z0-9_-]*, at most 64 characters.');
  requireClusterOptions(options);
  const client = new CouchClient(options.url, options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS);
  try {
    // Listing asks for an administrator, so wrong credentials show now and not at the first write.
    parseNames(await client.request({ method: 'GET', db: '_all_dbs', query: { limit: 1 } }));
    const n = options.n ?? copiesIn(parseMembership(await client.request({ method: 'GET', db: '_membership' })));
    return new CouchStore(client, prefix, { ...options, n });
  } catch (error) {
    await client.close();
    throw error;
  }
}

class CouchStore implements Store {
  readonly #client: CouchClient;
  readonly #prefix: string;
  readonly #cluster: ClusterOptions & { readonly n: number };
  readonly #lifecycle = new Lifecycle();
  readonly #databases = new Map<string, Promise<CouchDatabase>>();
  #closing: Promise<void> | undefined;

  constructor(client: CouchClient, prefix: string, cluster: ClusterOptions & { readonly n: number }) {
    this.#client = client;
    this.#prefix = prefix;
    this.#cluster = cluster;
  }

  database(name: string, { decides = false }: DatabaseOptions = {}): Promise<Database> {
    return this.#lifecycle.run(async () => {
      requireDatabaseName(name);
      // No name holds a '!'.
      const handle = decides ? `${name}!` : name;
      const known = this.#databases.get(handle);
      if (known) return known;
      const opening = this.#open(name, decides);
      this.#databases.set(handle, opening);
      try {
        return await opening;
      } catch (error) {
        this.#databases.delete(handle);
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

  watch(prefix: string, written: Written, onTrouble?: OnTrouble): Promise<() => Promise<void>> {
    const onUpdate = (fullName: string): void => {
      const name = fullName.startsWith(this.#prefix) ? fullName.slice(this.#prefix.length) : '';
      if (isDatabaseName(name) && name.startsWith(prefix)) tell(name, written, onTrouble);
    };
    const shape = { q: 1, n: this.#cluster.n };
    return this.#lifecycle.run(() =>
      watchUpdates({ client: this.#client, lifecycle: this.#lifecycle, shape, onUpdate, onTrouble }),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#lifecycle.close().then(() => this.#client.close());
    return this.#closing;
  }

  async #open(name: string, decides: boolean): Promise<CouchDatabase> {
    const fullName = `${this.#prefix}${name}`;
    const quorum = quorumOf(await this.#copies(name, fullName), this.#cluster, decides);
    return new CouchDatabase({ name, fullName, quorum, client: this.#client, lifecycle: this.#lifecycle });
  }

  /** Of the database as it is; it may have been made with another number. It is made when it is missing. */
  async #copies(name: string, fullName: string): Promise<number> {
    const look = { method: 'GET', db: fullName } as const;
    try {
      return parseInfo(await this.#client.request(look)).n;
    } catch (error) {
      if (!isStatus(error, NOT_FOUND)) throw error;
    }
    try {
      const query = { q: shardsOf(name, this.#cluster), n: this.#cluster.n };
      await this.#client.request({ method: 'PUT', db: fullName, query });
    } catch (error) {
      if (!isStatus(error, PRECONDITION_FAILED)) throw error;
    }
    return parseInfo(await this.#client.request(look)).n;
  }
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof CouchError && error.status === status;
}
