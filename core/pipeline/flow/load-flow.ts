/** Puts a flow together with the stages that it names; one with which anything is wrong is not taken. */
import type { Stage } from '../stage.ts';
import { flowProblems } from './check-flow.ts';
import type { Flow, LoadedFlow } from './flow.ts';
import { FlowError } from './flow-error.ts';

/** @throws FlowError that names everything that is wrong with the flow, and where. */
export function loadFlow(flow: Flow, stages: readonly Stage[]): LoadedFlow {
  const problems = flowProblems(flow, stages);
  if (problems.length > 0) throw new FlowError(problems.map((problem) => `${labelOf(flow)}: ${problem}`));
  return bindFlow(flow, stages);
}

/** Takes the flow as it is: for tests, whose flows need no proper end. */
export function bindFlow(flow: Flow, stages: readonly Stage[]): LoadedFlow {
  const known = new Map(stages.map((stage) => [stage.name, stage]));
  const steps = new Map(flow.steps.map((step) => [step.stage, step]));
  return {
    ...flow,
    first: flow.steps[0]?.stage ?? '',
    step: (name) => present(steps.get(name), flow, name),
    // Others know the stage, too: it must be a step of this flow.
    stage: (name) => present(steps.has(name) ? known.get(name) : undefined, flow, name),
  };
}

export function labelOf({ name, version }: Pick<Flow, 'name' | 'version'>): string {
  return `Flow ${name} version ${version}`;
}

function present<T>(value: T | undefined, flow: Flow, name: string): T {
  if (value === undefined) throw new Error(`${labelOf(flow)} has no stage "${name}".`);
  return value;
}
