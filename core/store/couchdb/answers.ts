/** CouchDB's answers, checked before anything is believed. A proxy in between may answer anything with status 200. */
import { type Doc, type Stored, StoreError } from '../store.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface AllDocsRow {
  readonly id: string;
  /** Absent for an id that is not there or is deleted. */
  readonly doc: Stored<Doc> | undefined;
}

export interface ChangesRow {
  readonly id: string;
  readonly seq: string;
  readonly deleted: boolean;
  readonly doc: Stored<Doc>;
}

export interface BulkRow {
  readonly id: string;
  readonly rev: string | undefined;
  readonly error: string | undefined;
  readonly reason: string;
}

export function parseAllDocs(answer: unknown): AllDocsRow[] {
  return list(fields(answer).rows).map((row) => {
    const { id, key, error, doc } = fields(row);
    // Without an id the row is an answer to a key: not found, or, in a cluster, an error of one node.
    if (id === undefined && typeof key === 'string' && error === 'not_found') return { id: key, doc: undefined };
    return { id: text(id), doc: isNothing(doc) ? undefined : toDoc(doc) };
  });
}

export function parseChanges(answer: unknown): { readonly rows: ChangesRow[]; readonly lastSeq: string } {
  const { results, last_seq } = fields(answer);
  const rows = list(results).map((row) => {
    const { id, seq, deleted, doc, changes } = fields(row);
    const gone = deleted === true;
    return { id: text(id), seq: text(seq), deleted: gone, doc: isNothing(doc) ? bare(id, changes, gone) : toDoc(doc) };
  });
  return { rows, lastSeq: text(last_seq) };
}

export function parseBulk(answer: unknown): BulkRow[] {
  return list(answer).map((row) => {
    const { id, ok, rev, error, reason } = fields(row);
    if (ok === true) return { id: text(id), rev: text(rev), error: undefined, reason: '' };
    return { id: text(id), rev: undefined, error: text(error), reason: typeof reason === 'string' ? reason : '' };
  });
}

export interface CouchInfo {
  readonly docCount: number;
  readonly updateSeq: string;
  /** Copies of each shard. */
  readonly n: number;
}

export function parseInfo(answer: unknown): CouchInfo {
  const { doc_count, update_seq, cluster } = fields(answer);
  return { docCount: count(doc_count), updateSeq: text(update_seq), n: count(fields(cluster).n) };
}

export function parsePending(answer: unknown): number {
  return count(fields(answer).pending);
}

export function parseDoc(answer: unknown): Stored<Doc> {
  return toDoc(answer);
}

/** The answer to a write of one document. */
export function parseWritten(answer: unknown): { readonly id: string; readonly rev: string } {
  const { id, rev } = fields(answer);
  return { id: text(id), rev: text(rev) };
}

/** @returns how many nodes the cluster has. */
export function parseMembership(answer: unknown): number {
  return list(fields(answer).cluster_nodes).length;
}

export function parseUpdates(answer: unknown): { readonly names: string[]; readonly lastSeq: string } {
  const { results, last_seq } = fields(answer);
  return { names: list(results).map((row) => text(fields(row).db_name)), lastSeq: text(last_seq) };
}

export function parseNames(answer: unknown): string[] {
  return list(answer).map(text);
}

/** What is left of a change whose body the server did not send. */
function bare(id: unknown, changes: unknown, deleted: boolean): Stored<Doc> {
  const doc = { _id: text(id), _rev: text(fields(list(changes)[0]).rev) };
  return deleted ? { ...doc, _deleted: true } : doc;
}

/** Without what CouchDB adds of its own, such as the list of what lies beside the document. */
function toDoc(value: unknown): Stored<Doc> {
  const { _id, _rev, _deleted, ...doc } = fields(value);
  const content = Object.fromEntries(Object.entries(doc).filter(([key]) => !key.startsWith('_')));
  const deleted = _deleted === true ? { _deleted } : {};
  return { ...content, ...deleted, _id: text(_id), _rev: text(_rev) };
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw unexpected();
  return value as Fields;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw unexpected();
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw unexpected();
  return value;
}

function count(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) throw unexpected();
  return value;
}

function unexpected(): StoreError {
  return new StoreError('CouchDB gave an answer of an unexpected form.', { transient: true });
}
