/** The two entry points of `websql` 2.0.3 that the guarded opener plugs into. It ships no types of its own. */
declare module 'websql/custom/index.js' {
  import type { WebSqlBackend } from '@enroute/sync/disk/guarded-sqlite.ts';

  type OpenDatabase = (name: string, version: string, description: string, size: number) => unknown;
  /** Wraps a class whose instances carry out batches of statements into a WebSQL `openDatabase`. */
  export default function customOpenDatabase(Backend: new (name: string) => WebSqlBackend): OpenDatabase;
}

declare module 'pouchdb-adapter-node-websql' {
  const plugin: PouchDB.Plugin;
  export default plugin;
}
