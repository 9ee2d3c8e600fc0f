import { describe, expect, it } from 'vitest';
import { infant } from '../agent/agent.fixture.ts';
import { inStationTime } from './capture-times.ts';

const NOW = Date.parse('2026-03-01T10:00:00.000Z');
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const { biometrics, ...others } = infant({ documents: [] });

/** The enrolment, finished then, whose captures began ten minutes before. */
function finishedAt(atMs: number) {
  const began = new Date(atMs - 10 * MINUTE_MS).toISOString();
  const captures = biometrics.map((one) => ({ ...one, image: new Uint8Array(), capturedAt: began }));
  const capturedAt = new Date(atMs).toISOString();
  return { ...others, capturedAt, biometrics: captures, introducer: { biometrics: captures } };
}

const clock = (shiftMs: number) => ({ now: () => new Date(NOW), shiftMs });

describe('the times of a capture', () => {
  it.each([3 * DAY_MS, -3 * DAY_MS])(
    'that was finished just now by a clock that is wrong come to the station’s time, all of them (%i ms)',
    (wrongMs) => {
      const finishedMs = NOW - 5 * MINUTE_MS;
      expect(inStationTime(finishedAt(finishedMs + wrongMs), clock(-wrongMs))).toEqual(finishedAt(finishedMs));
    },
  );

  it('that lay in a folder for a day while the clock was ahead are not of the future', () => {
    const finishedMs = NOW - DAY_MS;
    expect(inStationTime(finishedAt(finishedMs + 3 * DAY_MS), clock(-3 * DAY_MS))).toEqual(finishedAt(finishedMs));
  });

  it('stay as they are where the clock is right, or shows another time than the capture’s', () => {
    const recent = finishedAt(NOW - 5 * MINUTE_MS);
    expect(inStationTime(recent, clock(MINUTE_MS))).toBe(recent);
    expect(inStationTime(recent, clock(-3 * DAY_MS))).toBe(recent);
    const imported = finishedAt(NOW - 400 * DAY_MS);
    expect(inStationTime(imported, clock(3 * DAY_MS))).toBe(imported);
  });
});
