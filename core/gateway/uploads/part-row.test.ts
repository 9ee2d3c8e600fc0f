import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOf, groupsToMerge, type RowPart, unbroken } from './part-row.ts';

const rowOf = (...lengths: number[]): RowPart[] => {
  let offset = 0;
  return lengths.map((bytes) => {
    const part = { offset, bytes };
    offset += bytes;
    return part;
  });
};
const lengths = fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 50 });

describe('the row of parts', () => {
  it('ends where it first breaks', () => {
    const [first, second, third] = rowOf(10, 20, 30);
    if (!first || !second || !third) throw new Error('no parts');
    expect(endOf(unbroken([]))).toBe(0);
    expect(endOf(unbroken([first, second, third]))).toBe(60);
    expect(endOf(unbroken([first, third]))).toBe(10);
    expect(endOf(unbroken([second, third]))).toBe(0);
  });

  it('takes no notice of parts that a merged one holds already', () => {
    expect(unbroken([{ offset: 0, bytes: 30 }, ...rowOf(10, 20).slice(1), { offset: 30, bytes: 5 }])).toEqual([
      { offset: 0, bytes: 30 },
      { offset: 30, bytes: 5 },
    ]);
  });

  it('is merged into parts that are not too long and of which no two neighbours could be one', () => {
    fc.assert(
      fc.property(lengths, (all) => {
        const row = rowOf(...all);
        const groups = groupsToMerge(row, 100);
        const bytesOf = (parts: readonly RowPart[]): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);
        expect(groups.every((group) => group.length > 1 && bytesOf(group) <= 100)).toBe(true);
        const absorbed = new Set(groups.flatMap((group) => group.slice(1)));
        const merged = row.filter((part) => !absorbed.has(part));
        expect(merged.length).toBeLessThanOrEqual(2 * Math.ceil(bytesOf(row) / 100) + 1);
      }),
    );
  });
});
