/** Shows what was measured: for people as a table, each number beside its baseline; for programs a line each. */
import Table from 'cli-table3';
import type { Measurement } from './measurement.ts';

export function printJsonLine(bench: string, { case: circumstances, target, ...rest }: Measurement): void {
  const line = { bench, case: circumstances, ...rest, ...(target ? { target: target.text, met: target.met } : {}) };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Only what has something to be judged by: a bare number tells nobody anything. */
export function printTable(measured: readonly Measurement[]): void {
  const table = new Table({
    head: ['case', 'metric', 'subject', 'value', 'against', 'its value', 'ratio', 'target', ''],
    colAligns: ['left', 'left', 'left', 'right', 'left', 'right', 'right', 'left', 'left'],
    style: { head: [], border: [] },
  });
  for (const one of measured) {
    const baseline = measured.find((other) => isBaselineOf(other, one));
    if (!baseline) continue;
    table.push([
      one.case,
      `${one.metric}, ${one.unit}`,
      one.subject,
      number(one.value),
      baseline.subject,
      number(baseline.value),
      one.ratio === undefined ? '' : number(one.ratio),
      one.target ? `${one.target.text} ${one.target.met ? 'met' : 'MISSED'}` : '',
      one.note ?? '',
    ]);
  }
  process.stdout.write(`${table.toString()}\n`);
}

function isBaselineOf(other: Measurement, one: Measurement): boolean {
  return other.case === one.case && other.metric === one.metric && other.subject === one.against;
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 4 });
}
