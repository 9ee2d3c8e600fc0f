/**
 * `npm run bench -- <name> [--json] [--quick] [--netem]`: measures, each number beside the one that it is to be judged by. Without
 * a name it tells which benches there are.
 */
import { Command } from 'commander';
import { enqueueBench } from './enqueue/enqueue.ts';
import { intakeBench } from './intake/intake.ts';
import { linkBench } from './link/link.ts';
import type { Bench, BenchOptions } from './measurement.ts';
import { pipelineBench } from './pipeline/pipeline.ts';
import { printJsonLine, printTable } from './report.ts';

const BENCHES: readonly Bench[] = [enqueueBench, intakeBench, linkBench, pipelineBench];

const program = new Command('bench').description('Measures Enroute beside what it is to be judged by.');
for (const bench of BENCHES) {
  const command = program
    .command(bench.name)
    .description(bench.description)
    .option('--json', 'one measurement a line, as JSON', false)
    .option('--quick', 'fewer repetitions, under a minute; the numbers are coarser', false)
    .action((flags: Flags) => run(bench, flags));
  if (bench.canNetem) command.option('--netem', "over network namespaces with the system's own emulation", false);
}

interface Flags extends Pick<BenchOptions, 'quick'> {
  readonly json: boolean;
  readonly netem?: boolean;
}

async function run(bench: Bench, { json, quick, netem = false }: Flags): Promise<void> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const measured = [];
  for await (const measurement of bench.run({ quick, netem, say })) {
    if (json) printJsonLine(bench.name, measurement);
    else measured.push(measurement);
  }
  if (!json && measured.length > 0) printTable(measured);
}

await program.parseAsync();
