/**
 * A batch on its way into the store. Each document becomes one JSON text, which is measured and checked here and is
 * what both adapters write. One document that neither medium can take would otherwise fail the whole batch: CouchDB
 * answers 400 and PouchDB rejects for a strange field, a malformed revision or half a surrogate pair.
 */
import { idProblem, requireBatch } from './rules.ts';
import { type Doc, MAX_DOC_BYTES, StoreError, type WriteResult } from './store.ts';

/** A document that may be sent. */
export interface Admitted {
  readonly id: string;
  readonly rev: string | undefined;
  readonly json: string;
}

/** Most JSON to send at once. 1000 documents of 1 MiB would not fit into one JavaScript string. */
const MAX_SEND_BYTES = 8 * 1024 * 1024;

const REVISION = /^[1-9]\d{0,8}-[0-9a-f]{32}$/;
const OWN_FIELDS = new Set(['_id', '_rev', '_deleted']);

/**
 * @param send writes what was admitted, in order, and answers one result for each.
 */
export async function writeBatch(
  docs: readonly Doc[],
  send: (batch: readonly Admitted[]) => Promise<readonly WriteResult[]>,
): Promise<WriteResult[]> {
  requireBatch(docs.length);
  const results: WriteResult[] = new Array(docs.length);
  const seen = new Set<string>();
  let waiting: { readonly index: number; readonly admitted: Admitted }[] = [];
  let waitingBytes = 0;

  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    waitingBytes = 0;
    if (batch.length === 0) return;
    const written = await send(batch.map((entry) => entry.admitted));
    batch.forEach(({ index, admitted }, i) => {
      const result = written[i];
      if (result?.id !== admitted.id) {
        throw new StoreError('The store answered a batch with other documents than were sent.', { transient: true });
      }
      results[index] = result;
    });
  };

  for (const [index, doc] of docs.entries()) {
    const admission = admit(doc);
    if (!admission.ok) {
      results[index] = admission;
      continue;
    }
    const { admitted, bytes } = admission;
    if (seen.has(admitted.id)) {
      results[index] = conflict(admitted.id, 'The id is in this batch twice.');
      continue;
    }
    seen.add(admitted.id);
    if (waitingBytes + bytes > MAX_SEND_BYTES) await flush();
    waiting.push({ index, admitted });
    waitingBytes += bytes;
  }
  await flush();
  return results;
}

export function conflict(id: string, detail: string): WriteResult {
  return { ok: false, id, reason: 'conflict', detail };
}

type Refusal = Extract<WriteResult, { ok: false }>;
type Admission = { readonly ok: true; readonly admitted: Admitted; readonly bytes: number } | Refusal;

export function admit(doc: Doc): Admission {
  const given: unknown = doc;
  if (typeof given !== 'object' || given === null) return refuse('', 'The document is not an object.');
  const id = typeof doc._id === 'string' ? doc._id : '';
  const problem = idProblem(doc._id);
  if (problem !== undefined) return refuse(id, problem);
  let json: string;
  try {
    json = JSON.stringify(doc);
    const oddity = contentProblem(json);
    if (oddity !== undefined) return refuse(id, oddity);
  } catch {
    // A cycle, a bigint, or nesting deeper than the stack: no JSON, whatever the store.
    return refuse(id, 'The document is not JSON.');
  }
  const rev = doc._rev;
  if (rev !== undefined && !REVISION.test(rev)) return refuse(id, 'The `_rev` is not a revision.');
  const revBytes = rev === undefined ? 0 : `"_rev":"${rev}",`.length;
  const bytes = Buffer.byteLength(json);
  if (bytes - revBytes > MAX_DOC_BYTES) {
    return refuse(id, `The document has ${bytes - revBytes} bytes; the most is ${MAX_DOC_BYTES}.`);
  }
  return { ok: true, admitted: { id, rev, json }, bytes };
}

function contentProblem(json: string): string | undefined {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'The document is not an object.';
  const strange = Object.keys(value).find((key) => key.startsWith('_') && !OWN_FIELDS.has(key));
  if (strange !== undefined) return "A field begins with '_', which the store keeps for itself.";
  // `JSON.stringify` writes half a surrogate pair, and only that, as an escape of this form.
  if (json.includes('\\ud') && !isWellFormed(value)) return 'The document holds half of a surrogate pair.';
  // PouchDB copies documents by assignment and would lose the field without a word.
  if (json.includes('"__proto__"') && hasProtoKey(value)) return 'The document has a field named __proto__.';
  return undefined;
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isWellFormed(inner));
}

function hasProtoKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key === '__proto__' || hasProtoKey(inner));
}

export function refuse(id: string, detail: string): Refusal {
  return { ok: false, id, reason: 'refused', detail };
}
