import type { LinkStatus } from '@enroute/sync/link/link-status.ts';
import { expect, it } from 'vitest';
import { linkOf } from './views.ts';

const link: LinkStatus = {
  state: 'online',
  up: true,
  since: '2026-03-01T10:00:00.000Z',
  reason: null,
  code: null,
  nextTryAt: null,
  lastSuccessAt: null,
  bytesPerSecond: 1_000,
  sentTodayBytes: 0,
  dailyBytes: null,
  opensAt: null,
};

it('The time that is left is for what the core lacks, and unknown before anything was measured', () => {
  expect(linkOf(link, { unsentBytes: 60_001 }).secondsLeft).toBe(61);
  expect(linkOf(link, { unsentBytes: 0 }).secondsLeft).toBe(0);
  expect(linkOf({ ...link, bytesPerSecond: null }, { unsentBytes: 60_000 }).secondsLeft).toBeNull();
});
