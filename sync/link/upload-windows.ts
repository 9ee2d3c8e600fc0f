/** When packets may go by a plan's windows. Local times of the station, to the minute; a window may pass midnight. */
import type { UploadWindow } from '@enroute/shared/schemas/link-plan.ts';

/** @param windows undefined or none: always. */
export function isWindowOpen(windows: readonly UploadWindow[] | undefined, at: Date): boolean {
  if (!windows || windows.length === 0) return true;
  return windows.some((window) => [-1, 0].some((day) => isIn(window, day, at)));
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

/** Whether the window of a day, counted from the day at hand, is open. */
function isIn({ from, to }: UploadWindow, day: number, at: Date): boolean {
  const [begins, ends] = [minutesOf(from), minutesOf(to)];
  return timeOn(at, day, begins) <= at && at < timeOn(at, begins < ends ? day : day + 1, ends);
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

function nextTime(minutes: number, at: Date): Date {
  const today = timeOn(at, 0, minutes);
  return today > at ? today : timeOn(at, 1, minutes);
}

/**
 * By the calendar, so that a night in which the clocks are changed has its windows, too: a time that is skipped is the one
 * an hour later, and of a time that comes twice the first is meant.
 */
function timeOn(at: Date, day: number, minutes: number): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + day, 0, minutes);
}
