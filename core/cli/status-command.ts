/** `enroute core status`: how the pipeline does, stage by stage, for a terminal or as JSON. */
import Table from 'cli-table3';
import type { Command } from 'commander';
import { pipelineStatusAct } from '../administration/pipeline-acts.ts';
import type { Census } from '../ops/census/census.ts';
import type { PipelineStatus, StageStatus } from '../ops/census/pipeline-status.ts';
import type { CoreSite } from './core-site.ts';

const SECOND_MS = 1_000;
const UNITS = [
  { name: 'd', ms: 24 * 60 * 60 * SECOND_MS },
  { name: 'h', ms: 60 * 60 * SECOND_MS },
  { name: 'min', ms: 60 * SECOND_MS },
  { name: 's', ms: SECOND_MS },
] as const;
const MOST_NAMED = 10;

interface Flags {
  readonly folder: string;
  readonly json?: boolean;
}

/** @param command named already, with the option `--folder` */
export function statusCommand(site: CoreSite, command: Command): Command {
  return command
    .description(
      'Shows how the pipeline does: what waits where and since when, how long stages take, and what is wrong.',
    )
    .option('--json', 'as JSON')
    .action(async ({ folder, json }: Flags) => {
      const status = await site.act(folder, pipelineStatusAct, {});
      site.say(json ? JSON.stringify(status, null, 2) : statusText(status, site.now()));
    });
}

export function statusText({ census, conservation, stages }: PipelineStatus, now: Date): string {
  if (!census) return 'No worker has counted yet. Start one, and ask again in a minute.';
  const lines = [
    stageTable(stages, now),
    '',
    `counted     ${ago(census.at, now)} ago, in ${census.ms} ms`,
    `states      ${countsText(census.states)}`,
    `waiting     ${waitingText(census.backlog, now)}${census.retrying > 0 ? `, ${census.retrying} of them for another try` : ''}`,
    ...Object.entries(census.parked).map(([reason, heap]) => `parked      ${reason}: ${waitingText(heap, now)}`),
    ...Object.entries(census.deadLetters).map(([name, count]) => `dead        ${name}: ${count}`),
    ...stuckLines(census.stuck),
    conservationLine(conservation, now),
  ];
  return lines.join('\n');
}

function stageTable(stages: readonly StageStatus[], now: Date): string {
  const table = new Table({
    head: ['stage', 'waiting', 'oldest', 'came', 'went on', 'retries', 'refused', 'p50', 'p95', 'p99'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const one of stages) {
    const { retry: _retry, reject = 0, fail = 0, ...wentOn } = one.outcomes;
    table.push([
      one.stage,
      one.depth,
      one.oldest === undefined ? '' : ago(one.oldest, now),
      one.arrivals,
      sum(wentOn),
      sum(one.retries),
      reject + fail,
      ...[one.p50Ms, one.p95Ms, one.p99Ms].map((ms) => (ms === undefined ? '' : lengthText(ms))),
    ]);
  }
  return table.toString();
}

function stuckLines({ count, rids }: Census['stuck']): string[] {
  if (count === 0) return [];
  const named = rids.slice(0, MOST_NAMED).join(' ');
  return [`STUCK       ${count}: ${named}${count > MOST_NAMED ? ' …' : ''}`];
}

function conservationLine(conservation: PipelineStatus['conservation'], now: Date): string {
  if (!conservation) return 'law         not checked yet: packets in = terminal + parked + queued + dead-lettered';
  const { holds, violations, at } = conservation;
  return holds
    ? `law         holds, ${ago(at, now)} ago: packets in = terminal + parked + queued + dead-lettered`
    : `LAW BROKEN  ${ago(at, now)} ago: ${violations.slice(0, MOST_NAMED).join('; ')}`;
}

function waitingText({ count, oldest }: Census['backlog'], now: Date): string {
  return oldest === undefined ? String(count) : `${count}, the oldest for ${ago(oldest, now)}`;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}

function ago(time: string, now: Date): string {
  return lengthText(Math.max(0, now.getTime() - Date.parse(time)));
}

function lengthText(ms: number): string {
  const unit = UNITS.find((one) => ms >= one.ms);
  return unit ? `${(ms / unit.ms).toFixed(1)} ${unit.name}` : `${Math.round(ms)} ms`;
}
