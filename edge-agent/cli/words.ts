/** Times, amounts and sheets as the command line writes them: the same in every locale, and easy to search. */

/** "2026-03-01 10:00:00Z" */
export function moment(at: string): string {
  return at.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** "1.3 MB": powers of 1000. */
export function amount(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`;
}

const DURATIONS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
] as const;

/** "3 days", "18 minutes": in the largest unit of which there are two. */
export function duration(ms: number): string {
  const [noun, unitMs] = DURATIONS.find(([, least]) => ms >= 2 * least) ?? ['minute', 60_000];
  return count(Math.round(ms / unitMs), noun);
}

/** "1 packet", "2 packets" */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Names and values, one a line, aligned; those without a value are left out. */
export function sheet(rows: readonly (readonly [string, string | null])[]): string {
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== null);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`).join('\n');
}

/**
 * On one line, and without what steers a terminal or turns the order of letters round: what was typed at a desk or stands
 * in a stranger's packet must not pass for something that we say.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, ' ');
}
