/**
 * `enroute core import`, `enroute core export`: courier bundles. A core that runs is asked to do it and keeps running;
 * where none runs, the command opens the core itself.
 */
import { join, resolve } from 'node:path';
import { stationSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { bundlePaths } from '@enroute/sync/courier/bundle-paths.ts';
import { DEFAULT_MAX_FILE_BYTES } from '@enroute/sync/courier/limits.ts';
import { bytesArgument, fileBytesArgument } from '@enroute/sync/courier/size-arguments.ts';
import { isTrouble, type TakeStep, type WriteStep } from '@enroute/sync/courier/steps.ts';
import { type Noun, tellTake, tellWrite } from '@enroute/sync/courier/tell-steps.ts';
import { openLogFile } from '@enroute/sync/disk/log-file.ts';
import { Command, InvalidArgumentError } from 'commander';
import { auditedSteps } from '../audit/audited.ts';
import { askCourier, beginningOf, type Order, stepsOf } from '../courier/orders.ts';
import { withCourier } from '../courier/with-courier.ts';
import { type CoreSite, whichCore } from './core-site.ts';

export type CourierSite = Pick<CoreSite, 'administer' | 'by' | 'now' | 'say' | 'endWith'>;

interface Options {
  readonly folder: string;
  readonly json?: boolean;
}

interface ExportOptions extends Options {
  readonly station: string;
  readonly since?: Date;
  readonly maxFileBytes: number;
  readonly maxBytes?: number;
}

type Step = TakeStep | WriteStep;

const TROUBLE = 1;

export function courierCommands(site: CourierSite): Command[] {
  const named = (name: string): Command => whichCore(new Command(name)).option('--json', 'one JSON object a line');

  const take = named('import')
    .argument('<bundle...>', 'files, or folders of them')
    .description('Takes in what stations have exported: bundles, or folders of them. Exit 1 when anything is amiss.')
    .action(async (paths: string[], { folder, json = false }: Options) => {
      const bundles = await bundlePaths(paths.map((path) => resolve(path)));
      const order: Order = { v: 1, order: 'import', by: site.by, bundles };
      await run(site, { folder, json, noun: 'packet', order });
    });

  const carry = named('export')
    .argument('<to>', 'a folder that is there, such as a stick')
    .description(
      "Writes a station's receipts, results, tasks and master data into a folder that is there, for its stick.",
    )
    .requiredOption('--station <number>', 'the station that it is for', stationArgument)
    .option('--since <time>', 'only what was said since then (ISO 8601)', timeArgument)
    .option('--max-file-bytes <number>', 'a larger bundle is several files', fileBytesArgument, DEFAULT_MAX_FILE_BYTES)
    .option('--max-bytes <number>', 'all files together', bytesArgument)
    .action(async (to: string, { folder, json = false, station, since, maxFileBytes, maxBytes }: ExportOptions) => {
      const order: Order = {
        v: 1,
        order: 'export',
        by: site.by,
        station,
        folder: resolve(to),
        since: since?.toISOString() ?? null,
        maxFileBytes,
        maxBytes: maxBytes ?? null,
      };
      await run(site, { folder, json, noun: 'document', order });
    });
  return [take, carry];
}

interface Run {
  readonly folder: string;
  readonly json: boolean;
  readonly noun: Noun;
  readonly order: Order;
}

async function run(site: CourierSite, { folder, json, noun, order }: Run): Promise<void> {
  const tell = (step: Step): void => {
    const line = json ? JSON.stringify(step) : textOf(step, noun);
    if (line !== undefined) site.say(line);
    if (isAmiss(step)) site.endWith(TROUBLE);
  };
  try {
    await site.administer(folder, 'refuse', async (core) => {
      const log = openLogFile(join(folder, 'core.log'));
      await withCourier(core, { folder, now: () => site.now(), log }, async (courier) => {
        const steps = auditedSteps(core.audit, beginningOf(order), stepsOf(order, courier));
        for await (const step of steps) tell(step);
      });
    });
  } catch (error) {
    if (!(error instanceof EnrouteError) || error.code !== 'ENR-OPS-004') throw error;
    for await (const step of askCourier(folder, order)) tell(step);
  }
}

function isTake(step: Step): step is TakeStep {
  return 'file' in step && typeof step.file === 'string';
}

function textOf(step: Step, noun: Noun): string | undefined {
  return isTake(step) ? tellTake(step, noun) : tellWrite(step, noun);
}

function isAmiss(step: Step): boolean {
  return isTake(step) && isTrouble(step);
}

function stationArgument(text: string): string {
  if (stationSchema.safeParse(text).success) return text;
  throw new InvalidArgumentError('A station is ten digits: center and machine.');
}

function timeArgument(text: string): Date {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError('A time, such as 2026-03-01T00:00:00Z.');
}
