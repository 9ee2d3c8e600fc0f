import { expect, it } from 'vitest';
import { manyStations } from '../../statuses.fixture.ts';
import { filterViews, NO_FILTER } from './filter.ts';
import { viewOf } from './station-view.ts';

const views = manyStations().map((status) => viewOf(status, Date.now()));
const shown = (filter: Parameters<typeof filterViews>[1]) =>
  filterViews(views, filter).map((view) => view.status.station);

it('Without a filter all stations are shown', () => {
  expect(shown(NO_FILTER)).toHaveLength(views.length);
});

it('A station is found by any part of its number, however it was spaced', () => {
  expect(shown({ number: '20003 10004', kind: 'all' })).toEqual(['2000310004']);
  expect(shown({ number: ' 10002', kind: 'all' })).toEqual(['1000110002', '1000210001']);
  expect(shown({ number: 'x', kind: 'all' })).toEqual([]);
});

it('Those that need a look are silent, never seen, off the clock, or have something set aside', () => {
  expect(shown({ number: '', kind: 'attention' })).toEqual(['1000210001', '2000310004', '2000310005']);
});

it('A state shows those that are in it', () => {
  expect(shown({ number: '', kind: 'suspended' })).toEqual(['2000310004']);
  expect(shown({ number: '', kind: 'revoked' })).toEqual([]);
});
