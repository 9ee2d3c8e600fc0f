/** The entry point of `websql` 2.0.3 that the guarded opener plugs into. It ships no types of its own. */
declare module 'websql/custom/index.js' {
  import type { WebSqlBackend } from '@enroute/sync/disk/guarded-sqlite.ts';

  export interface WebSqlRows {
    readonly length: number;
    item(index: number): unknown;
  }

  export interface WebSqlTransaction {
    executeSql(
      sql: string,
      args?: readonly unknown[],
      done?: (transaction: WebSqlTransaction, result: { readonly rows: WebSqlRows }) => void,
    ): void;
  }

  type RunTransaction = (
    body: (transaction: WebSqlTransaction) => void,
    failed: (error: Error) => void,
    done: () => void,
  ) => void;

  /** Transactions run one after the other, whoever asks for them. */
  export interface WebSqlDatabase {
    readonly transaction: RunTransaction;
    readonly readTransaction: RunTransaction;
  }

  type OpenDatabase = (name: string, version: string, description: string, size: number) => WebSqlDatabase;
  /** Wraps a class whose instances carry out batches of statements into a WebSQL `openDatabase`. */
  export default function customOpenDatabase(Backend: new (name: string) => WebSqlBackend): OpenDatabase;
}
