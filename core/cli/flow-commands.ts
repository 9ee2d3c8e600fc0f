/** `enroute core flow …`: checks and shows flows, counts who runs on which version, and moves registrations to another. */
import { PROCESSES, type Process } from '@enroute/shared/enrolment/enrolment.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { Command, InvalidArgumentError, Option } from 'commander';
import { flowCensusAct, type MigratedPart, migrateFlowAct } from '../administration/flow-acts.ts';
import { readConfig } from '../config/read-config.ts';
import { drawMermaid } from '../pipeline/flow/draw-mermaid.ts';
import { drawText } from '../pipeline/flow/draw-text.ts';
import type { Flows, LoadedFlow } from '../pipeline/flow/flow.ts';
import { type CensusPart, type CensusRow, mergeRows } from '../pipeline/flow/flow-census.ts';
import { type MigrationPlan, planMigration } from '../pipeline/flow/plan-migration.ts';
import { type CountryDeclared, lookAtFlows } from '../pipeline/look-at-flows.ts';
import { absolute, type CoreSite, whichCore } from './core-site.ts';

type FlowSite = Pick<CoreSite, 'act' | 'say' | 'warn'>;

interface Shown {
  readonly config?: string;
  readonly version?: number;
  readonly format: 'text' | 'mermaid';
}

interface Migrated {
  readonly folder: string;
  readonly config?: string;
  readonly from: number;
  readonly to: number;
  readonly map: Readonly<Record<string, string>>;
  readonly preview?: boolean;
  readonly yes?: boolean;
}

export function flowCommands(site: FlowSite): Command {
  const flow = new Command('flow').description('The flows of the pipeline: check, show, count, migrate.');
  const withConfig = (command: Command): Command =>
    command.option(
      '--config <file>',
      "the core's configuration file, for the country's own flows and stages",
      absolute,
    );

  withConfig(flow.command('check'))
    .argument('[files...]', 'flow files that are not in the configuration')
    .description('Checks the flows that come with Enroute, those of the configuration, and these files, together.')
    .action(async (files: string[], { config }: Pick<Shown, 'config'>) => {
      const country = await countryOf(config);
      const flows = await lookAtFlows({ ...country, flowFiles: [...country.flowFiles, ...files.map(absolute)] });
      for (const { name, version, steps } of flows.all()) {
        site.say(`${name} version ${version}: ${steps.length} stages, in order.`);
      }
    });

  withConfig(flow.command('show'))
    .argument('<process>', PROCESSES.join(', '), processArgument)
    .option('--version <number>', 'another than the newest', versionArgument)
    .addOption(new Option('--format <format>', 'how it is drawn').choices(['text', 'mermaid']).default('text'))
    .description('Draws a flow.')
    .action(async (process: Process, { config, version, format }: Shown) => {
      const shown = present(await lookAtFlows(await countryOf(config)), process, version);
      site.say(format === 'mermaid' ? drawMermaid(shown) : drawText(shown));
    });

  flow.addCommand(
    whichCore(new Command('versions'))
      .description('Counts the registrations that are on their way on each version of each flow.')
      .action(async ({ folder, config }: Pick<Migrated, 'folder' | 'config'>) => {
        const flows = await lookAtFlows(await countryOf(config));
        tellVersions(await census(folder, site), flows, site);
      }),
  );

  flow.addCommand(
    whichCore(new Command('migrate'))
      .argument('<process>', PROCESSES.join(', '), processArgument)
      .requiredOption('--from <version>', 'the version that they run on', versionArgument)
      .requiredOption('--to <version>', 'the version that they are to run on', versionArgument)
      .option('--map <old=new...>', 'the stage that takes the place of an old one', mapArgument, {})
      .option('--preview', 'only shows how many there are, where they are, and where they would go on')
      .option('--yes', 'carries it out')
      .description('Moves registrations that are on their way to another version of their flow.')
      .action((process: Process, migrated: Migrated) => migrate(process, migrated, site)),
  );
  return flow;
}

async function migrate(process: Process, migrated: Migrated, site: FlowSite): Promise<void> {
  const { folder, config, from, to, map, preview, yes } = migrated;
  const flows = await lookAtFlows(await countryOf(config));
  const target = present(flows, process, to);
  const rows = (await census(folder, site)).filter(({ flow, version }) => flow === process && version === from);
  const plan = planMigration(rows, target, map, flows.version(process, from));
  tellPlan(plan, site);
  if (plan.problems.length > 0) throw new EnrouteError('ENR-FLW-004', `${process} from ${from} to ${to}`);
  if (preview || !yes) {
    site.say('Nothing was moved. Carry it out with --yes.');
    return;
  }
  let ordered = 0;
  let after: string | null = null;
  do {
    const part: MigratedPart = await site.act(folder, migrateFlowAct, {
      process,
      from,
      to,
      places: plan.places,
      after,
    });
    ordered += part.ordered;
    after = part.next;
    if (after !== null) site.warn(`${ordered} ordered so far`);
  } while (after !== null);
  site.say(`${ordered} registrations were ordered to version ${to}. The workers of their lanes carry it out.`);
}

/** What the configuration adds to the pipeline; nothing without one. @throws EnrouteError ENR-CFG-001, -002 */
async function countryOf(path: string | undefined): Promise<CountryDeclared> {
  if (path === undefined) return { stages: [], flowFiles: [] };
  const { stages, flows } = (await readConfig(path)).pipeline;
  return { stages, flowFiles: flows };
}

/** Of all registrations, a part at a time. */
async function census(folder: string, { act, warn }: FlowSite): Promise<CensusRow[]> {
  let rows: CensusRow[] = [];
  let looked = 0;
  let from: string | null = null;
  do {
    const part: CensusPart = await act(folder, flowCensusAct, { from });
    rows = mergeRows(rows, part.rows);
    looked += part.looked;
    from = part.next;
    if (from !== null) warn(`${looked} registrations looked at so far`);
  } while (from !== null);
  return rows;
}

function tellVersions(rows: readonly CensusRow[], flows: Flows, { say }: FlowSite): void {
  for (const { name, version } of flows.all()) {
    const newest = flows.newest(name)?.version === version ? ', which new ones enter' : '';
    say(`${name} version ${version}: ${totalOf(rows, name, version)} on their way${newest}`);
  }
  const lost = rows.filter(({ flow, version }) => !flows.version(flow, version));
  for (const key of new Set(lost.map(({ flow, version }) => `${flow} version ${version}`))) {
    const count = sum(lost.filter(({ flow, version }) => `${flow} version ${version}` === key));
    say(`${key}: ${count} on their way, and it is not loaded: they stand still until they are migrated`);
  }
}

function tellPlan({ transfers, problems }: MigrationPlan, { say }: FlowSite): void {
  if (transfers.length + problems.length === 0) say('No registration is on its way on that version.');
  for (const { count, state, stage, reason, to } of transfers) {
    say(`${count} in ${state} at ${stage}${reason === null ? '' : ` (waits: ${reason})`} -> ${to}`);
  }
  for (const problem of problems) say(`No place: ${problem}`);
}

function totalOf(rows: readonly CensusRow[], name: string, number: number): number {
  return sum(rows.filter(({ flow, version }) => flow === name && version === number));
}

function sum(rows: readonly CensusRow[]): number {
  return rows.reduce((total, { count }) => total + count, 0);
}

/** @throws EnrouteError ENR-FLW-003 */
function present(flows: Flows, process: Process, version: number | undefined): LoadedFlow {
  const found = version === undefined ? flows.newest(process) : flows.version(process, version);
  if (!found) throw new EnrouteError('ENR-FLW-003', version === undefined ? process : `${process} version ${version}`);
  return found;
}

function processArgument(text: string): Process {
  const found = PROCESSES.find((process) => process === text.toUpperCase());
  if (!found) throw new InvalidArgumentError(`One of ${PROCESSES.join(', ')}.`);
  return found;
}

function versionArgument(text: string): number {
  const version = Number(text);
  if (!Number.isSafeInteger(version) || version < 1) throw new InvalidArgumentError('A whole number from 1.');
  return version;
}

function mapArgument(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [from, to, ...rest] = text.split('=');
  if (!from || !to || rest.length > 0) throw new InvalidArgumentError('<old stage>=<new stage>.');
  return { ...before, [from]: to };
}
