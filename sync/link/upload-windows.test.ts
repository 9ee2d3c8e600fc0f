import type { UploadWindow } from '@enroute/shared/schemas/link-plan.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isWindowOpen, localDay, nextDay, windowOpensAt } from './upload-windows.ts';

const at = (hours: number, minutes = 0): Date => new Date(2026, 2, 1, hours, minutes);
const NIGHT = [{ from: '18:00', to: '06:00' }];

describe('an upload window', () => {
  it('is open from its first minute up to its last, by the time of the station', () => {
    const noon = [{ from: '12:00', to: '13:30' }];
    expect([at(11, 59), at(12), at(13, 29), at(13, 30)].map((time) => isWindowOpen(noon, time))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('may pass midnight', () => {
    expect([at(17, 59), at(18), at(23, 59), at(0), at(5, 59), at(6)].map((time) => isWindowOpen(NIGHT, time))).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  it('that is not there leaves the link open always', () => {
    expect([isWindowOpen(undefined, at(3)), windowOpensAt(undefined, at(3))]).toEqual([true, undefined]);
  });

  it('tells when the next one opens: today, or tomorrow', () => {
    expect(windowOpensAt(NIGHT, at(7))).toEqual(at(18));
    expect(windowOpensAt([{ from: '05:00', to: '06:00' }], at(7))).toEqual(new Date(2026, 2, 2, 5));
    expect(windowOpensAt([...NIGHT, { from: '12:00', to: '12:30' }], at(7))).toEqual(at(12));
    expect(windowOpensAt(NIGHT, at(20))).toBeUndefined();
  });

  it('is open at the time at which it is said to open, whatever the plan and the hour', () => {
    const time = fc
      .tuple(fc.nat(23), fc.nat(59))
      .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
    const windows = fc.array(
      fc.record({ from: time, to: time }).filter(({ from, to }) => from !== to),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(windows, fc.nat(24 * 60 - 1), (plan, minute) => {
        const opens = windowOpensAt(plan, at(0, minute));
        if (!opens) return isWindowOpen(plan, at(0, minute));
        return isWindowOpen(plan, opens) && opens > at(0, minute) && opens <= at(24, minute);
      }),
    );
  });
});

describe('a night in which the clocks are changed', () => {
  const ownZone = process.env.TZ;
  beforeAll(() => {
    process.env.TZ = 'Europe/Berlin';
  });
  afterAll(() => {
    if (ownZone === undefined) delete process.env.TZ;
    else process.env.TZ = ownZone;
  });

  const HALF_AN_HOUR = [{ from: '02:15', to: '02:45' }];
  const openMinutes = (windows: readonly UploadWindow[], month: number, day: number): number => {
    const begun = new Date(2026, month, day).getTime();
    const minutes = Array.from({ length: 23 * 60 }, (_none, minute) => new Date(begun + minute * 60_000));
    return minutes.filter((time) => isWindowOpen(windows, time)).length;
  };

  it('has its window, an hour later by the clock, when that hour is skipped', () => {
    const opens = new Date(2026, 2, 29, 3, 15);
    expect(windowOpensAt(HALF_AN_HOUR, new Date(2026, 2, 29, 1))).toEqual(opens);
    expect(isWindowOpen(HALF_AN_HOUR, opens)).toBe(true);
    expect(openMinutes(HALF_AN_HOUR, 2, 29)).toBe(30);
  });

  it('has it once when that hour comes twice', () => {
    expect(openMinutes(HALF_AN_HOUR, 9, 25)).toBe(30);
    expect(isWindowOpen(HALF_AN_HOUR, new Date(2026, 9, 25, 2, 15))).toBe(true);
  });
});

describe('the day of a budget', () => {
  it('is the station’s own, and ends at its midnight', () => {
    expect(localDay(at(0))).toBe('2026-03-01');
    expect(localDay(at(23, 59))).toBe('2026-03-01');
    expect(nextDay(at(23, 59))).toEqual(new Date(2026, 2, 2));
  });
});
