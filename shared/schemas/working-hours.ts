/** When a center works, by the clocks on its walls: hours of each day of the week, in the center's time zone. */
import { z } from 'zod';

/** As `Intl` names them. */
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

const MAX_SPANS = 8;
const clockSchema = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time is "HH:MM"');
const spanSchema = z
  .strictObject({ from: clockSchema, until: clockSchema })
  .refine(({ from, until }) => from < until, 'ends before it begins; what goes past midnight stands in two days');

/** A day that is not named is a day off. */
export const workingHoursSchema = z.strictObject({
  timeZone: z.string().max(64).refine(isTimeZone, 'is no time zone, such as "Africa/Casablanca"'),
  days: z.partialRecord(z.enum(WEEKDAYS), z.array(spanSchema).max(MAX_SPANS)),
});

export type WorkingHours = z.infer<typeof workingHoursSchema>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** @param at ISO 8601 */
export function isWorkingTime({ timeZone, days }: WorkingHours, at: string): boolean {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const parts = new Map(format.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  const day = WEEKDAYS.find((weekday) => weekday === parts.get('weekday'));
  const clock = `${parts.get('hour')}:${parts.get('minute')}`;
  const spans = day === undefined ? [] : (days[day] ?? []);
  return spans.some(({ from, until }) => from <= clock && clock < until);
}
