/**
 * `npm run bench -- <name> [--json] [--quick]`: measures, each number beside the one that it is to be judged by. Without
 * a name it tells which benches there are.
 */
import { Command } from 'commander';
import { enqueueBench } from './enqueue/enqueue.ts';
import type { Bench } from './measurement.ts';
import { printJsonLine, printTable } from './report.ts';

const BENCHES: readonly Bench[] = [enqueueBench];

const program = new Command('bench').description('Measures Enroute beside what it is to be judged by.');
for (const bench of BENCHES) {
  program
    .command(bench.name)
    .description(bench.description)
    .option('--json', 'one measurement a line, as JSON', false)
    .option('--quick', 'fewer repetitions, under a minute; the numbers are coarser', false)
    .action(({ json, quick }: { json: boolean; quick: boolean }) => run(bench, json, quick));
}

async function run(bench: Bench, json: boolean, quick: boolean): Promise<void> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const measured = [];
  for await (const measurement of bench.run({ quick, say })) {
    if (json) printJsonLine(bench.name, measurement);
    else measured.push(measurement);
  }
  if (!json) printTable(measured);
}

await program.parseAsync();
