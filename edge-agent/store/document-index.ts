/**
 * The indexes of a schema, as RxDB means them: each turns a document into one string, and the order of the strings is
 * the order of the index. The strings are stored with the document, in a form that SQLite sorts in the same way.
 */
import { getIndexableStringMonad, getPrimaryFieldOfPrimaryKey, type RxDocumentData, type RxJsonSchema } from 'rxdb';

export interface DocumentIndex<RxDocType> {
  /** Its fields, joined by commas; that is how a query plan names it. */
  readonly name: string;
  /** A document's place in it. */
  textOf(document: RxDocumentData<RxDocType>): string;
}

/**
 * The indexes of a schema that are kept on disk, each once, in the order in which a document stores their texts: all
 * but the one by time of writing, see `indexByTime`.
 */
export function documentIndexes<RxDocType>(
  schema: Readonly<RxJsonSchema<RxDocumentData<RxDocType>>>,
): readonly DocumentIndex<RxDocType>[] {
  const fields = (schema.indexes ?? []).map((index) => (typeof index === 'string' ? [index] : [...index]));
  const byName = new Map(fields.map((index) => [index.join(','), index.map(String)]));
  byName.delete(indexByTime(schema));
  return [...byName].map(([name, index]) => {
    const indexable = getIndexableStringMonad<RxDocType>(schema, index);
    return { name, textOf: (document) => sortableText(indexable(document)) };
  });
}

/**
 * The name of the index that RxDB adds to every schema, for storages that find changes by the clock. This one finds
 * them by sequence, and a plan names this index only where no other fits and everything must be read anyway. Keeping it
 * would only make each write dearer.
 */
export function indexByTime<RxDocType>(schema: Readonly<RxJsonSchema<RxDocumentData<RxDocType>>>): string {
  return `_meta.lwt,${getPrimaryFieldOfPrimaryKey(schema.primaryKey)}`;
}

const FIRST_SURROGATE = 0xd800;
/** The first code point above all those of one UTF-16 unit. */
const BEYOND = 0x10000;
/** SQLite ends a text at NUL; so NUL and this mark become two units each, which sort as the one did. */
const MARK = 0x0001;

/**
 * JavaScript compares strings by UTF-16 units, SQLite by code points, and they disagree where surrogates are. Here
 * every unit becomes a code point that sorts like it: those below the surrogates stay what they are, the others move
 * above them all. No lone surrogate is left, which UTF-8 could not hold, and no NUL.
 */
export function sortableText(text: string): string {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit <= MARK || unit >= FIRST_SURROGATE) return text.slice(0, at) + moved(text, at);
  }
  return text;
}

function moved(text: string, from: number): string {
  const points: number[] = [];
  for (let at = from; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit <= MARK) points.push(MARK, unit + 1);
    else points.push(unit < FIRST_SURROGATE ? unit : BEYOND + unit - FIRST_SURROGATE);
  }
  return points.map((point) => String.fromCodePoint(point)).join('');
}
