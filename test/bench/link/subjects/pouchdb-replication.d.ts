/** What the baselines use of PouchDB's replication, beside what `sync` uses of PouchDB. */
declare namespace PouchDB {
  interface ReplicateOptions {
    readonly live: boolean;
    readonly retry: boolean;
    readonly batch_size: number;
    readonly back_off_function: (beforeMs: number) => number;
  }

  interface Replication extends PromiseLike<unknown> {
    on(event: 'paused' | 'error', listener: (error?: unknown) => void): this;
  }

  interface Database {
    readonly replicate: {
      /** Resolves when it is done, unless it is live. */
      to(remote: Database, options?: ReplicateOptions): Replication;
      from(remote: Database): Replication;
    };
    bulkGet(request: object): Promise<unknown>;
    revsDiff(revisions: Readonly<Record<string, readonly string[]>>): Promise<unknown>;
    bulkDocs<Content extends object>(
      docs: readonly Content[],
      options: { readonly new_edits: boolean },
    ): Promise<(Core.Response | Core.Error)[]>;
  }
}

declare module 'pouchdb-adapter-http' {
  const plugin: PouchDB.Plugin;
  export default plugin;
}

declare module 'pouchdb-replication' {
  const plugin: PouchDB.Plugin;
  export default plugin;
}
