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
import { type DocumentIndex, indexByTime, sortableText } from './document-index.ts';
import type { IndexRange } from './document-tables.ts';

type Schema<RxDocType> = Readonly<RxJsonSchema<RxDocumentData<RxDocType>>>;
type Page<RxDocType> = readonly RxDocumentData<RxDocType>[];

export interface QuerySource<RxDocType> {
  readonly schema: Schema<RxDocType>;
  /**
   * The documents of a range in the order of its index, or all of them in the order of writing, page by page; none
   * holds more than `pageLimit`.
   */
  pages(range: IndexRange | undefined, pageLimit: number): AsyncIterable<Page<RxDocType>>;
}

/** Documents read at a time: a few hundred KB of the control plane's documents, a few milliseconds of work. */
export const PAGE_SIZE = 250;

/**
 * The stretch of an index that a query's plan walks; undefined when all documents must be read.
 *
 * @throws when the plan names an index that is not there.
 */
export function rangeOf<RxDocType>(
  schema: Schema<RxDocType>,
  indexes: readonly DocumentIndex<RxDocType>[],
  prepared: PreparedQuery<RxDocType>,
): IndexRange | undefined {
  const { queryPlan: plan } = prepared;
  const name = plan.index.join(',');
  if (name === indexByTime(schema)) return undefined;
  const position = indexes.findIndex((index) => index.name === name);
  if (position < 0) throw new Error(`The schema has no index on ${name}.`);
  return {
    name,
    position,
    start: sortableText(getStartIndexStringFromLowerBound(schema, plan.index, plan.startKeys)),
    end: sortableText(getStartIndexStringFromUpperBound(schema, plan.index, plan.endKeys)),
    inclusiveStart: plan.inclusiveStart,
    inclusiveEnd: plan.inclusiveEnd,
    descending: isReversed(prepared),
  };
}

/**
 * Whether the query wants the order of its index from end to start. RxDB's plans know ascending orders only, and would
 * have all of a queue read to show its newest row.
 */
function isReversed<RxDocType>({ query, queryPlan: plan }: PreparedQuery<RxDocType>): boolean {
  const wanted = query.sort.map((part) => Object.entries(part)[0]);
  if (wanted.some((part) => part?.[1] !== 'desc')) return false;
  const fixed = plan.index.findIndex((_field, at) => plan.startKeys[at] !== plan.endKeys[at]);
  const ordered = fixed < 0 ? [] : plan.index.slice(fixed);
  return ordered.length === wanted.length && ordered.every((field, at) => field === wanted[at]?.[0]);
}

/**
 * What is held in memory: one page, and what was found so far. That is as much as is skipped and answered; where the
 * index does not give the order, up to twice that and a page. A query without a limit asks for all matches, and gets them.
 */
export async function runQuery<RxDocType>(
  source: QuerySource<RxDocType>,
  prepared: PreparedQuery<RxDocType>,
  range: IndexRange | undefined,
): Promise<RxDocumentData<RxDocType>[]> {
  const { query, queryPlan: plan } = prepared;
  const skip = query.skip ?? 0;
  const wanted = skip + (query.limit ?? Number.POSITIVE_INFINITY);
  if (wanted === skip) return [];
  const isWanted = matcher(source.schema, prepared, range);
  const inOrder = range !== undefined && (range.descending || plan.sortSatisfiedByIndex);
  const compare = inOrder ? undefined : getSortComparator<RxDocType>(source.schema, query);
  const pageLimit = plan.selectorSatisfiedByIndex && inOrder ? Math.min(PAGE_SIZE, wanted) : PAGE_SIZE;

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

/** How many documents a query wants, one page in memory at a time. */
export async function countMatches<RxDocType>(
  source: QuerySource<RxDocType>,
  prepared: PreparedQuery<RxDocType>,
  range: IndexRange | undefined,
): Promise<number> {
  const isWanted = matcher(source.schema, prepared, range);
  let count = 0;
  for await (const page of source.pages(range, PAGE_SIZE)) count += page.filter(isWanted).length;
  return count;
}

function matcher<RxDocType>(
  schema: Schema<RxDocType>,
  { query, queryPlan }: PreparedQuery<RxDocType>,
  range: IndexRange | undefined,
): (document: RxDocumentData<RxDocType>) => boolean {
  const inRangeIsEnough = range !== undefined && queryPlan.selectorSatisfiedByIndex;
  return inRangeIsEnough ? () => true : getQueryMatcher(schema, query);
}
