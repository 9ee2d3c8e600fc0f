/** Chooses the adapter by configuration: CouchDB when there is a URL, else SQLite files in a folder. */
import { type CouchStoreOptions, openCouchStore } from './couchdb/open-couch-store.ts';
import { type EmbeddedStoreOptions, openEmbeddedStore } from './embedded/open-embedded-store.ts';
import type { Store } from './store.ts';

export interface OpenStoreOptions extends EmbeddedStoreOptions {
  readonly couchdbUrl?: string | undefined;
  /** Read only with `couchdbUrl`. */
  readonly couchdb?: Omit<CouchStoreOptions, 'url'>;
}

/** `folder` is used only by the embedded store; `onFatal` is never called by CouchDB's, whose failures are its own. */
export function openStore(options: OpenStoreOptions): Promise<Store> {
  const { couchdbUrl } = options;
  if (couchdbUrl === undefined || couchdbUrl === '') return openEmbeddedStore(options);
  return openCouchStore({ ...options.couchdb, url: couchdbUrl });
}
