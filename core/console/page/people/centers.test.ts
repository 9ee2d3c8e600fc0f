import { expect, it } from 'vitest';
import { parseCenters } from './centers.ts';

it.each([
  ['10001', ['10001']],
  [' 10001, 20003;10002\n10001 ', ['10001', '20003', '10002']],
  ['10001، 20003', ['10001', '20003']],
  ['', undefined],
  ['10001 200', undefined],
  ['all', undefined],
])('Centers typed as %o are %o', (typed, centers) => {
  expect(parseCenters(typed)).toEqual(centers);
});
