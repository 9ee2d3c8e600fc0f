/** The rules of bytes that lie beside a document, for both adapters. */
import { type Admitted, admit, refuse } from './batch.ts';
import { type Doc, MAX_BYTES_BESIDE, type WriteResult } from './store.ts';

/** The name that the bytes have at their document, in either store. */
export const BESIDE = 'bytes';
/** Bytes are ciphertext or otherwise not for a store to look into, and never to be compressed again. */
export const BESIDE_TYPE = 'application/octet-stream';

/** Longest id, as it stands in an address, that can have bytes. CouchDB takes request lines up to 8 KiB. */
const MAX_ADDRESS_CHARS = 4000;

/**
 * The id as one segment of a path; undefined when it can't be one. `fetch` takes `.` and `..` for directions, however
 * they are escaped.
 */
export function addressOf(id: string): string | undefined {
  if (id === '.' || id === '..') return undefined;
  const address = encodeURIComponent(id);
  return address.length > MAX_ADDRESS_CHARS ? undefined : address;
}

/** @param send writes the document and the bytes in one step. */
export async function writeBeside(
  doc: Doc,
  bytes: Uint8Array,
  send: (admitted: Admitted) => Promise<WriteResult>,
): Promise<WriteResult> {
  const admission = admit(doc);
  if (!admission.ok) return admission;
  const { admitted } = admission;
  if (addressOf(admitted.id) === undefined) return refuse(admitted.id, 'A document with this id can have no bytes.');
  if (doc._deleted === true) return refuse(admitted.id, 'A deleted document can have no bytes.');
  if (bytes.byteLength > MAX_BYTES_BESIDE) {
    return refuse(admitted.id, `${bytes.byteLength} bytes are too many; the most is ${MAX_BYTES_BESIDE}.`);
  }
  return send(admitted);
}
