import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentIndexes, sortableText } from './document-index.ts';
import { visit, visitSchema } from './store.fixture.ts';

const unit = fc.oneof(
  fc.constantFrom(0, 1, 2, 0x20, 0x7f, 0x80, 0x7ff, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xffff),
  fc.integer({ min: 0, max: 0xffff }),
);
const anyText = fc.array(unit, { maxLength: 6 }).map((units) => String.fromCharCode(...units));
const sign = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

test('SQLite sorts the sortable form of any two texts as JavaScript sorts the texts, also out of JSON', () => {
  using db = new DatabaseSync(':memory:');
  const compare = db.prepare(`SELECT (a > b) - (a < b) AS sign FROM
    (SELECT json_extract(?, '$[0]') AS a, ? AS b)`);
  fc.assert(
    fc.property(anyText, anyText, (a, b) => {
      const stored = JSON.stringify([sortableText(a)]);
      expect(compare.get(stored, sortableText(b))?.sign).toBe(sign(a, b));
    }),
    { numRuns: 2000 },
  );
});

test('the sortable form of plain text is the text itself, and every form is one that UTF-8 can hold', () => {
  expect(sortableText('0rid-2026 ñ 李')).toBe('0rid-2026 ñ 李');
  fc.assert(
    fc.property(anyText, (text) => {
      expect(sortableText(text).isWellFormed()).toBe(true);
      expect(sortableText(text)).not.toContain('\0');
    }),
  );
});

test('a schema has each of its indexes once but the one by time, by the name that a query plan uses', () => {
  const twice = { ...visitSchema, indexes: [...(visitSchema.indexes ?? []), ...(visitSchema.indexes ?? [])] };
  const indexes = documentIndexes(twice);
  expect(indexes.map((index) => index.name)).toEqual(['_deleted,age,id', '_deleted,city,age,id', '_deleted,name,id']);
  expect(indexes[0]?.textOf(visit('a', { age: 7 })).trimEnd()).toBe('0007a');
});
