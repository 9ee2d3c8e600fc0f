/** When packets may go by a plan's windows. Local times of the station, to the minute; a window may pass midnight. */
import type { UploadWindow } from '@enroute/shared/schemas/link-plan.ts';

const DAY_MINUTES = 24 * 60;

/** @param windows undefined or none: always. */
export function isWindowOpen(windows: readonly UploadWindow[] | undefined, at: Date): boolean {
  if (!windows || windows.length === 0) return true;
  const minute = at.getHours() * 60 + at.getMinutes();
  return windows.some(({ from, to }) => isBetween(minute, minutesOf(from), minutesOf(to)));
}

/** When the next window opens; undefined while one is open, or where there are none. */
export function windowOpensAt(windows: readonly UploadWindow[] | undefined, at: Date): Date | undefined {
  if (!windows || isWindowOpen(windows, at)) return undefined;
  const next = windows.map(({ from }) => nextTime(minutesOf(from), at).getTime());
  return new Date(Math.min(...next));
}

/** "2026-03-01": the station's day, by which a budget counts. */
export function localDay(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** When the station's next day begins. */
export function nextDay(at: Date): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + 1);
}

function isBetween(minute: number, from: number, to: number): boolean {
  return from < to ? from <= minute && minute < to : from <= minute || minute < to;
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

/** By the calendar, so that a night in which the clocks are changed has its window, too. */
function nextTime(minutes: number, at: Date): Date {
  const today = new Date(at.getFullYear(), at.getMonth(), at.getDate(), 0, minutes % DAY_MINUTES);
  return today > at ? today : new Date(at.getFullYear(), at.getMonth(), at.getDate() + 1, 0, minutes % DAY_MINUTES);
}
