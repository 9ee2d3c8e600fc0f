import { describe, expect, it } from 'vitest';
import { statusOf } from '../../statuses.fixture.ts';
import { DEFAULT_ORDER, nextOrder, sortViews } from './sorting.ts';
import { linkChanges, summarise, viewOf } from './station-view.ts';
import { CLOCK_OFF_MS, LATE_AFTER_MS, OLDEST_WAITING_TOO_OLD_MS, SILENT_AFTER_MS } from './thresholds.ts';

const NOW_MS = Date.parse('2026-03-01T12:00:00Z');
const before = (ageMs: number): string => new Date(NOW_MS - ageMs).toISOString();
const seen = (station: string, ageMs: number) => viewOf(statusOf(station, { lastSeen: before(ageMs) }), NOW_MS);

describe('A station', () => {
  it.each([
    [0, 'online'],
    [LATE_AFTER_MS, 'online'],
    [LATE_AFTER_MS + 1, 'late'],
    [SILENT_AFTER_MS, 'late'],
    [SILENT_AFTER_MS + 1, 'silent'],
  ])('heard of %i ms ago is %s', (ageMs, link) => {
    expect(seen('1000110001', ageMs).link).toBe(link);
  });

  it('that never called is not called silent', () => {
    expect(viewOf(statusOf('1000110001', { lastSeen: null }), NOW_MS).link).toBe('never');
  });

  it('whose clock is wrong does not make its packets look old', () => {
    const clockOffsetMs = -10 * OLDEST_WAITING_TOO_OLD_MS;
    const oldest = before(60_000);
    const view = viewOf(statusOf('1000110001', { clockOffsetMs, waiting: { packets: 1, bytes: 1, oldest } }), NOW_MS);
    expect(view.oldestAgeMs).toBe(60_000);
    expect(view.oldestTooOld).toBe(false);
    expect(view.clockOff).toBe(true);
  });

  it('has its clock called off from a difference on that people notice', () => {
    const off = (clockOffsetMs: number) => viewOf(statusOf('1000110001', { clockOffsetMs }), NOW_MS).clockOff;
    expect([off(CLOCK_OFF_MS), off(CLOCK_OFF_MS + 1), off(-CLOCK_OFF_MS - 1)]).toEqual([false, true, true]);
  });
});

describe('The order of stations', () => {
  const order = (views: ReturnType<typeof seen>[]) =>
    sortViews(views, DEFAULT_ORDER).map((view) => view.status.station);

  it('begins with the longest silent and keeps stations that talk where they are', () => {
    const views = [seen('4', 2_000), seen('1', 90_000), seen('3', SILENT_AFTER_MS * 2), seen('2', SILENT_AFTER_MS * 9)];
    expect(order(views)).toEqual(['2', '3', '1', '4']);
    expect(order([seen('4', 90_000), seen('1', 2_000)])).toEqual(['1', '4']);
  });

  it('puts what is not known last, whichever way', () => {
    const unknown = viewOf(statusOf('1', { clockOffsetMs: null }), NOW_MS);
    const known = viewOf(statusOf('2', { clockOffsetMs: 5_000 }), NOW_MS);
    for (const descending of [false, true]) {
      expect(sortViews([unknown, known], { column: 'clock', descending })[0]).toBe(known);
    }
  });

  it('turns round on the second press of a header', () => {
    const first = nextOrder(DEFAULT_ORDER, 'completed');
    expect([first.descending, nextOrder(first, 'completed').descending]).toEqual([true, false]);
  });
});

it('The summary counts silent stations and adds up what waits', () => {
  const waiting = { packets: 3, bytes: 100, oldest: null };
  const views = [
    viewOf(statusOf('1', { lastSeen: null, waiting: null, setAside: 2 }), NOW_MS),
    viewOf(statusOf('2', { lastSeen: before(0), waiting }), NOW_MS),
    viewOf(statusOf('3', { lastSeen: before(SILENT_AFTER_MS * 2), waiting }), NOW_MS),
  ];
  expect(summarise(views)).toEqual({
    stations: 3,
    silent: 2,
    waitingPackets: 6,
    waitingBytes: 200,
    needsAttention: 2,
  });
});

it('Only falling silent and coming back are worth saying aloud', () => {
  const was = [seen('1', 0), seen('2', SILENT_AFTER_MS * 2), seen('3', 0)];
  const is = [seen('1', SILENT_AFTER_MS * 2), seen('2', 0), seen('3', LATE_AFTER_MS + 1), seen('4', 0)];
  expect(linkChanges(was, is)).toEqual([
    { station: '1', link: 'silent' },
    { station: '2', link: 'online' },
  ]);
});
