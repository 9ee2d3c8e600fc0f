/** What tests and baselines use of PouchDB's replication, beside what `sync` uses of PouchDB. */
declare namespace PouchDB {
  interface ReplicateOptions {
    readonly live: boolean;
    readonly retry: boolean;
    readonly batch_size: number;
    readonly back_off_function: (beforeMs: number) => number;
  }

  interface Replication extends Promise<ReplicationResult> {
    on(event: 'paused' | 'error' | 'denied', listener: (error?: unknown) => void): this;
    cancel(): void;
  }

  interface ReplicationResult {
    readonly ok: boolean;
    readonly docs_read: number;
    readonly docs_written: number;
    readonly doc_write_failures: number;
  }

  interface Database {
    readonly replicate: {
      /** Resolves when it is done, unless it is live. */
      to(remote: Database, options?: Partial<ReplicateOptions>): Replication;
      from(remote: Database, options?: Partial<ReplicateOptions>): Replication;
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
