/** The documents that the parts of an upload in the store are, and how they are named. */
import { type Database, type Doc, MAX_BATCH, type Stored } from '../../store/store.ts';

export interface PartDoc extends Doc {
  readonly bytes: number;
  /** When it was written (ISO 8601). */
  readonly at: string;
}

/** More than any upload has bytes, and all of one length, so that names are in the order of offsets. */
const OFFSET_DIGITS = 12;

export function partId(id: string, offset: number): string {
  return `${id}:${String(offset).padStart(OFFSET_DIGITS, '0')}`;
}

/** Where the part of that name begins; undefined when it is no part of this upload. */
export function offsetOfPart(id: string, name: string): number | undefined {
  const digits = name.startsWith(`${id}:`) ? name.slice(id.length + 1) : '';
  return /^\d{12}$/.test(digits) ? Number(digits) : undefined;
}

/**
 * Removes documents as they were read, in this order.
 * @returns false when one of them is another by now, or gone: what stood behind that batch is left.
 */
export async function removeParts(database: Database, docs: readonly Stored<Doc>[]): Promise<boolean> {
  for (let at = 0; at < docs.length; at += MAX_BATCH) {
    const batch = docs.slice(at, at + MAX_BATCH).map(({ _id, _rev }) => ({ _id, _rev, _deleted: true }));
    if (!(await database.write(batch)).every(({ ok }) => ok)) return false;
  }
  return true;
}
