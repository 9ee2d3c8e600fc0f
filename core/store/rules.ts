/** The rules of the port that both adapters hold to, in one place so that they can't differ. */
import { type ChangesQuery, MAX_BATCH, type RangeQuery, type Selector, StoreError } from './store.ts';

const DATABASE_NAME = /^[a-z][a-z0-9_-]{0,63}$/;
/** No dots and no dollars: CouchDB would read a path or an operator. */
const SELECTOR_FIELD = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const MAX_SELECTOR_VALUES = 100;

export function isDatabaseName(name: string): boolean {
  return DATABASE_NAME.test(name);
}

/** A call outside the port's rules. The same call can never succeed. */
export function misuse(message: string): StoreError {
  return new StoreError(message, { transient: false });
}

export function requireDatabaseName(name: string): void {
  if (isDatabaseName(name)) return;
  const shown = JSON.stringify(String(name).slice(0, 80));
  throw misuse(`${shown} is not a database name: [a-z][a-z0-9_-]*, at most 64 characters.`);
}

/** Why an id can't be a document's, or undefined when it can. For callers that take ids from outside, too. */
export function idProblem(id: unknown): string | undefined {
  if (typeof id !== 'string') return 'The document id is not a string.';
  if (id === '') return 'The document id is empty.';
  if (id.startsWith('_')) return "The document id begins with '_', which the store keeps for itself.";
  if (!id.isWellFormed()) return 'The document id holds half of a surrogate pair.';
  return undefined;
}

export function requireIds(ids: readonly string[]): void {
  requireBatch(ids.length);
  for (const id of ids) {
    const problem = idProblem(id);
    if (problem !== undefined) throw misuse(problem);
  }
}

export function requireBatch(size: number): void {
  if (size > MAX_BATCH) throw misuse(`A batch of ${size} is larger than ${MAX_BATCH}.`);
}

export function requireRange(query: RangeQuery): void {
  requireLimit(query.limit);
  // A bound need not be an id: '' is the lowest, and a bound may begin with '_'.
  if (!query.start.isWellFormed() || !query.end.isWellFormed()) {
    throw misuse('A bound of the range holds half of a surrogate pair.');
  }
}

export function requireChanges(query: ChangesQuery): void {
  requireLimit(query.limit);
  if (!(query.waitMs >= 0)) throw misuse(`waitMs is ${query.waitMs}; it must be 0 or more.`);
  if (query.selector !== undefined) requireSelector(query.selector);
}

function requireSelector({ field, values }: Selector): void {
  if (!SELECTOR_FIELD.test(field)) throw misuse('The field of a selector is not [A-Za-z][A-Za-z0-9_]*, at most 64.');
  if (values.length < 1 || values.length > MAX_SELECTOR_VALUES) {
    throw misuse(`A selector of ${values.length} values; it must have 1 to ${MAX_SELECTOR_VALUES}.`);
  }
  if (!values.every(isComparable)) throw misuse('A value of the selector can not be compared on every store.');
}

function isComparable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\u0000');
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

function requireLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_BATCH) {
    throw misuse(`The limit is ${limit}; it must be 1 to ${MAX_BATCH}.`);
  }
}

/** The order of ids: by code point. JavaScript's own order is by UTF-16 unit and puts emoji before U+FFFF. */
export function compareIds(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Moves the surrogates, which stand for everything above U+FFFF, behind the other UTF-16 units. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
