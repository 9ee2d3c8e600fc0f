/** Carries out one prepared query over the documents on disk, by the plan that RxDB made for it. */
import {
  getQueryMatcher,
  getSortComparator,
  getStartIndexStringFromLowerBound,
  getStartIndexStringFromUpperBound,
  type PreparedQuery,
  type RxDocumentData,
  type RxJsonSchema,
} from 'rxdb';
import { type DocumentIndex, sortableText } from './document-index.ts';
import type { IndexRange } from './document-tables.ts';

type Schema<RxDocType> = Readonly<RxJsonSchema<RxDocumentData<RxDocType>>>;
type Page<RxDocType> = readonly RxDocumentData<RxDocType>[];

export interface QuerySource<RxDocType> {
  readonly schema: Schema<RxDocType>;
  /** The documents of a range, in the order of its index, page by page; none holds more than `pageLimit`. */
  pages(range: IndexRange, pageLimit: number): AsyncIterable<Page<RxDocType>>;
}

/** Documents read at a time: a few hundred KB of the control plane's documents, a few milliseconds of work. */
export const PAGE_SIZE = 250;

/** The stretch of an index that a query's plan walks. @throws when the plan names an index that is not there. */
export function rangeOf<RxDocType>(
  schema: Schema<RxDocType>,
  indexes: readonly DocumentIndex<RxDocType>[],
  { queryPlan: plan }: PreparedQuery<RxDocType>,
): IndexRange {
  const name = plan.index.join(',');
  const position = indexes.findIndex((index) => index.name === name);
  if (position < 0) throw new Error(`The schema has no index on ${name}.`);
  return {
    name,
    position,
    start: sortableText(getStartIndexStringFromLowerBound(schema, plan.index, plan.startKeys)),
    end: sortableText(getStartIndexStringFromUpperBound(schema, plan.index, plan.endKeys)),
    inclusiveStart: plan.inclusiveStart,
    inclusiveEnd: plan.inclusiveEnd,
  };
}

/**
 * What is held in memory: one page, and what was found so far. That is as much as is skipped and answered; where the
 * index does not give the order, up to twice that and a page. A query without a limit asks for all matches, and gets them.
 */
export async function runQuery<RxDocType>(
  source: QuerySource<RxDocType>,
  prepared: PreparedQuery<RxDocType>,
  range: IndexRange,
): Promise<RxDocumentData<RxDocType>[]> {
  const { query, queryPlan: plan } = prepared;
  const skip = query.skip ?? 0;
  const wanted = skip + (query.limit ?? Number.POSITIVE_INFINITY);
  if (wanted === skip) return [];
  const isWanted = matcher(source.schema, prepared);
  const compare = plan.sortSatisfiedByIndex ? undefined : getSortComparator<RxDocType>(source.schema, query);
  const pageLimit = plan.selectorSatisfiedByIndex && !compare ? Math.min(PAGE_SIZE, wanted) : PAGE_SIZE;

  let found: RxDocumentData<RxDocType>[] = [];
  for await (const page of source.pages(range, pageLimit)) {
    for (const document of page) if (isWanted(document)) found.push(document);
    if (!compare && found.length >= wanted) break;
    // The sort is stable: of equals, those that come first in the index stay.
    if (compare && found.length >= 2 * wanted) found = found.sort(compare).slice(0, wanted);
  }
  if (compare) found.sort(compare);
  return found.slice(skip, wanted);
}

/** How many documents of a range a query wants, one page in memory at a time. */
export async function countMatches<RxDocType>(
  source: QuerySource<RxDocType>,
  prepared: PreparedQuery<RxDocType>,
  range: IndexRange,
): Promise<number> {
  const isWanted = matcher(source.schema, prepared);
  let count = 0;
  for await (const page of source.pages(range, PAGE_SIZE)) count += page.filter(isWanted).length;
  return count;
}

function matcher<RxDocType>(
  schema: Schema<RxDocType>,
  { query, queryPlan }: PreparedQuery<RxDocType>,
): (document: RxDocumentData<RxDocType>) => boolean {
  return queryPlan.selectorSatisfiedByIndex ? () => true : getQueryMatcher(schema, query);
}
