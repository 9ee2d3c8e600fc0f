/** Which documents a changes feed shows. One rule for both adapters, whatever their own filters would let through. */
import type { Doc, Selector } from './store.ts';

/** @returns whether the document is there and its field is one of the values. */
export function fits(selector: Selector, doc: Doc): boolean {
  if (doc._deleted === true) return false;
  const value = (doc as unknown as Readonly<Record<string, unknown>>)[selector.field];
  return selector.values.some((wanted) => wanted === value);
}
