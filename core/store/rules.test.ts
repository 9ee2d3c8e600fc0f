import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byCodePoint, STRANGE_IDS } from './conformance/harness.ts';
import { compareIds, idProblem } from './rules.ts';

describe('compareIds', () => {
  test('orders as UTF-8 bytes do, which both stores sort by', () => {
    expect(STRANGE_IDS.toSorted(compareIds)).toEqual(STRANGE_IDS.toSorted(byCodePoint));
    const text = fc.string({ unit: 'binary' });
    fc.assert(fc.property(text, text, (a, b) => Math.sign(compareIds(a, b)) === byCodePoint(a, b)));
  });

  test('is not the order of sort()', () => {
    expect(['\uffff', '😀'].toSorted(compareIds)).toEqual(['\uffff', '😀']);
    expect(['\uffff', '😀'].toSorted()).toEqual(['😀', '\uffff']);
  });
});

describe('idProblem', () => {
  test('says why an id can not be one', () => {
    expect(idProblem('10001-10002')).toBeUndefined();
    expect(idProblem('')).toContain('empty');
    expect(idProblem('_design/x')).toContain("'_'");
    expect(idProblem('\ud800')).toContain('surrogate');
    expect(idProblem(7)).toContain('string');
  });
});
