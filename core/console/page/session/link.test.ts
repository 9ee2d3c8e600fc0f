import { expect, it } from 'vitest';
import { takeLink } from './link.ts';

const at = (hash: string) => ({ search: '?a=b', pathname: '/console/', hash });

it('A link leaves the address', () => {
  const addresses: string[] = [];
  expect(takeLink(at('#link=abc-DEF_1'), (url) => addresses.push(url))).toBe('abc-DEF_1');
  expect(addresses).toEqual(['/console/?a=b']);
});

it('An address without a link stays as it is', () => {
  const addresses: string[] = [];
  for (const hash of ['', '#/stations', '#/link=abc'])
    expect(takeLink(at(hash), (url) => addresses.push(url))).toBeUndefined();
  expect(addresses).toEqual([]);
});

it('What can be no link leaves the address too, and is sent nowhere', () => {
  const addresses: string[] = [];
  expect(takeLink(at('#link=%3Cscript%3E'), (url) => addresses.push(url))).toBeUndefined();
  expect(addresses).toEqual(['/console/?a=b']);
});
