/** Numbers, sizes and times as the reader's language writes them. */

const SECOND_MS = 1_000;
const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** The largest unit that fits. */
const TIME_UNITS = [
  ['day', 24 * 60 * 60 * SECOND_MS],
  ['hour', 60 * 60 * SECOND_MS],
  ['minute', 60 * SECOND_MS],
  ['second', SECOND_MS],
] as const;

export interface Formats {
  number(value: number): string;
  bytes(value: number): string;
  /** "3 minutes ago", or "in 3 minutes" for an age below zero. */
  ago(ageMs: number): string;
  /** "3 hours" */
  duration(ms: number): string;
  /** To the minute: people agree on times by it. */
  dateTime(time: Date): string;
  /** To the second: tells whether something on the screen is fresh. */
  time(time: Date): string;
  /** "left thumb, face and right iris" */
  list(items: readonly string[]): string;
}

export function formatsFor(language: string): Formats {
  const number = new Intl.NumberFormat(language);
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const list = new Intl.ListFormat(language);
  const dateTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });
  return {
    number: (value) => number.format(value),
    bytes: (value) => {
      const power = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), BYTE_UNITS.length - 1);
      const unit = BYTE_UNITS[power] ?? 'byte';
      const scaled = value / 1000 ** power;
      const options = {
        style: 'unit',
        unit,
        unitDisplay: 'short',
        maximumFractionDigits: scaled < 10 ? 1 : 0,
      } as const;
      return new Intl.NumberFormat(language, options).format(scaled);
    },
    ago: (ageMs) => {
      const { unit, count } = inLargestUnit(Math.abs(ageMs));
      return relative.format(ageMs < 0 ? count : -count, unit);
    },
    duration: (ms) => {
      const { unit, count } = inLargestUnit(ms);
      return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
    },
    dateTime: (value) => dateTime.format(value),
    time: (value) => time.format(value),
    list: (items) => list.format(items),
  };
}

function inLargestUnit(ms: number): { unit: (typeof TIME_UNITS)[number][0]; count: number } {
  for (const [unit, unitMs] of TIME_UNITS) if (ms >= unitMs) return { unit, count: Math.floor(ms / unitMs) };
  return { unit: 'second', count: 0 };
}
