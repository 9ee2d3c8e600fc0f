/** `enroute demo`: the main job in a terminal. */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { latestJob, newJob } from './job-file.ts';
import { runMainJob } from './main-job.ts';
import { openScreen } from './screen.ts';

const DEFAULT_PEOPLE = 12;
const MAX_PEOPLE = 500;

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`);
  };
}

interface DemoOptions {
  readonly once: boolean;
  readonly resume: boolean;
  readonly from: readonly string[];
  readonly people?: number;
  readonly seed: number;
  readonly folder: string;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('Does the main job and shows it: enrol without a link, upload, process, answer.')
    .option('--once', 'exit when done, 0 only if all came out as planned', false)
    .option('--resume', 'take up the latest run again, after it was stopped or killed', false)
    .addOption(
      new Option('--from <folder>', "enrol real packet contents in MOSIP's layout besides; may be given again")
        .argParser((folder: string, before: readonly string[]) => [...before, resolve(folder)])
        .default([], 'none'),
    )
    .option('--people <number>', `how many generated people (default: ${DEFAULT_PEOPLE})`, wholeNumber(0, MAX_PEOPLE))
    .option('--seed <number>', 'of the generator', wholeNumber(0, 2 ** 31), 1)
    .option('--folder <folder>', 'where runs are kept', resolve(import.meta.dirname, '../../../.enroute'))
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  const now = (): Date => new Date();
  const screen = openScreen(process.stdout);
  const plan = { seed: options.seed, people: options.people ?? DEFAULT_PEOPLE, from: [...options.from] };
  const resumed = options.resume ? await latestJob(options.folder) : undefined;
  const { folder, job } = resumed ?? (await newJob(options.folder, plan, now()));
  screen.title('Enroute: from a desk without a link to a number, and back');
  if (options.resume)
    screen.line(resumed ? `takes up the run in ${folder}` : 'there is no run to take up; this is a new one');

  const running = await runMainJob({ folder, job, couchdbUrl: process.env.COUCHDB_URL, screen, now });
  if (!running.asPlanned) process.exitCode = 1;
  if (!options.once) {
    screen.title('Core and station go on running. Ctrl-C ends them.');
    for (const [what, where] of Object.entries(running.addresses)) screen.line(`${what.padEnd(9)} ${where}`);
    await new Promise((end) => {
      process.once('SIGINT', end);
      process.once('SIGTERM', end);
    });
  }
  await running.stop();
}
