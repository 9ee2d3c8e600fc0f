/**
 * Where registrations go that change to another version of their flow. Each goes on at the stage of the same name, or at
 * the one that is named for it; for what it waits, the other version must have a waker. Nothing is guessed: one place
 * without an answer, and nobody is moved.
 */
import type { ParkReason } from '../outcome.ts';
import type { LoadedFlow } from './flow.ts';
import type { CensusRow } from './flow-census.ts';

export interface Transfer extends CensusRow {
  readonly to: string;
}

export interface MigrationPlan {
  readonly transfers: readonly Transfer[];
  /** By stage of the old version; what is not in it stays. */
  readonly places: Readonly<Record<string, string>>;
  /** A sentence for each place that has none in the other version. */
  readonly problems: readonly string[];
}

/**
 * @param rows those that run on the old version
 * @param own the old version; undefined when nobody has it any more: then its answer is taken to be called as the new one
 * @param map new stages by old ones, where the name does not say it
 */
export function planMigration(
  rows: readonly CensusRow[],
  target: LoadedFlow,
  map: Readonly<Record<string, string>>,
  own?: Pick<LoadedFlow, 'answer'>,
): MigrationPlan {
  const names = new Set(target.steps.map(({ stage }) => stage));
  const misnamed = Object.entries(map).flatMap(([from, to]) =>
    names.has(to) ? [] : [`"${from}" is to become "${to}", which version ${target.version} does not have`],
  );
  const transfers: Transfer[] = [];
  const problems = [...misnamed];
  for (const row of rows) {
    const to = map[row.stage] ?? row.stage;
    const problem = names.has(to)
      ? (waitProblem(row, to, target) ?? answerProblem(row, to, target, own))
      : `version ${target.version} has no stage "${to}"`;
    if (problem === undefined) transfers.push({ ...row, to });
    else problems.push(`${row.count} in ${row.state} at "${row.stage}": ${problem}`);
  }
  return { transfers, places: Object.fromEntries(transfers.map(({ stage, to }) => [stage, to])), problems };
}

/** Who has come to an end is told it, and nobody else is told anything. */
function answerProblem(
  { stage }: CensusRow,
  to: string,
  target: LoadedFlow,
  own: Pick<LoadedFlow, 'answer'> = target,
): string | undefined {
  if ((stage === own.answer) === (to === target.answer)) return undefined;
  return to === target.answer
    ? `"${to}" of version ${target.version} tells an end, and they have not come to one`
    : `they have come to an end, and "${to}" of version ${target.version} does not tell it`;
}

function waitProblem({ reason }: CensusRow, to: string, target: LoadedFlow): string | undefined {
  if (reason === null || reason === 'paused') return undefined;
  if (target.stage(to).parks?.some((one: ParkReason) => one === reason)) return undefined;
  return `they wait for "${reason}", and "${to}" of version ${target.version} does not`;
}
