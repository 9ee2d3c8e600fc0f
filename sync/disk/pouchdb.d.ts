/**
 * The part of PouchDB 9 that Enroute uses. The published types declare a global `Buffer` of their own that clashes with
 * Node's, so they are not installed.
 */
declare namespace PouchDB {
  interface Plugin {
    // A plugin is whatever PouchDB.plugin() accepts; nothing of it is called here.
    readonly prototype?: unknown;
  }

  namespace Core {
    interface Response {
      readonly ok: boolean;
      readonly id: string;
      readonly rev: string;
    }

    interface Error {
      readonly id?: string;
      readonly status?: number;
      readonly name?: string;
      readonly message?: string;
      readonly reason?: string;
      readonly error?: string | boolean;
    }

    interface ChangesOptions {
      readonly since?: number | string;
      readonly limit?: number;
      readonly include_docs?: boolean;
      readonly conflicts?: boolean;
    }

    interface Change<Content> {
      readonly id: string;
      readonly seq: number;
      readonly deleted?: boolean;
      readonly changes: readonly { readonly rev: string }[];
      readonly doc?: ExistingDocument<Content>;
    }

    interface ChangesResponse<Content> {
      readonly last_seq: number;
      readonly results: Change<Content>[];
    }

    type ExistingDocument<Content> = Content & { readonly _id: string; readonly _rev: string };

    interface AllDocsResponse {
      readonly total_rows: number;
      readonly rows: readonly { readonly id: string; readonly value: { readonly rev: string } }[];
    }
  }

  interface Database {
    info(): Promise<{ readonly doc_count: number; readonly update_seq: number }>;
    get(id: string, options?: { readonly rev?: string }): Promise<Core.ExistingDocument<object>>;
    put(doc: {
      readonly _id: string;
      readonly _rev?: string;
      readonly [field: string]: unknown;
    }): Promise<Core.Response>;
    remove(id: string, rev: string): Promise<Core.Response>;
    bulkDocs<Content extends object>(docs: readonly Content[]): Promise<(Core.Response | Core.Error)[]>;
    allDocs(options?: { readonly include_docs?: boolean }): Promise<Core.AllDocsResponse>;
    changes<Content>(options: Core.ChangesOptions): Promise<Core.ChangesResponse<Content>>;
    close(): Promise<void>;
  }
}

declare module 'pouchdb-core' {
  interface PouchStatic {
    plugin(plugin: PouchDB.Plugin): void;
    new (name: string, configuration: object): PouchDB.Database;
  }

  const PouchDB: PouchStatic;
  export default PouchDB;
}

declare module 'pouchdb-adapter-node-websql' {
  const plugin: PouchDB.Plugin;
  export default plugin;
}
