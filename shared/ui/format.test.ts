import { describe, expect, it } from 'vitest';
import { formatsFor } from './format.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe('Formats', () => {
  const { bytes, ago, duration, list } = formatsFor('en');

  it.each([
    [0, '0 byte'],
    [999, '999 byte'],
    [1_000, '1 kB'],
    [41_300_000, '41 MB'],
    [3_400_000, '3.4 MB'],
  ])('write %i bytes as %s', (value, text) => {
    expect(bytes(value)).toBe(text);
  });

  it.each([
    [0, 'now'],
    [-500, 'now'],
    [59_999, '59 seconds ago'],
    [HOUR_MS, '1 hour ago'],
    [26 * HOUR_MS, 'yesterday'],
    [2 * DAY_MS, '2 days ago'],
    [-2 * DAY_MS, 'in 2 days'],
  ])('write %i ms ago as %s', (ageMs, text) => {
    expect(ago(ageMs)).toBe(text);
  });

  it('write a duration in its largest unit', () => {
    expect([duration(5 * MINUTE_MS), duration(500)]).toEqual(['5 minutes', '0 seconds']);
  });

  it('join a list with the word that the language has for it', () => {
    expect(list(['face', 'left thumb', 'right iris'])).toBe('face, left thumb, and right iris');
    expect(formatsFor('fr').list(['a', 'b'])).toBe('a et b');
  });
});
