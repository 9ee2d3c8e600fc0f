/** Draws a flow for a reader in a terminal: its stages in order, and what follows each of them. */
import type { FlowStep, LoadedFlow } from './flow.ts';
import { verdictText, type Way, waysOn } from './ways.ts';

const SECOND_MS = 1_000;

export function drawText(flow: LoadedFlow): string {
  const { name, version, success, answer } = flow;
  const head = [
    `Flow ${name}, version ${version}`,
    `An end is told by "${answer}"; without another verdict it is ${verdictText(success)}.`,
  ];
  const stages = flow.steps.map((step) => [titleOf(step, flow), ...waysOn(flow, step.stage).map(lineOf)].join('\n'));
  return [head.join('\n'), ...stages].join('\n\n');
}

function titleOf({ stage, retry, deadlineMs, batch, concurrency }: FlowStep, flow: LoadedFlow): string {
  const { budget, baseMs, capMs } = retry;
  const tries = `${budget} tries, ${baseMs / SECOND_MS} to ${capMs / SECOND_MS} s apart`;
  // A pure stage takes neither time nor room outside.
  if (flow.stage(stage).kind === 'pure') return `${stage} (${tries})`;
  return `${stage} (${tries}, each at most ${deadlineMs / SECOND_MS} s; effect, ${batch} at once, ${concurrency} times)`;
}

function lineOf(way: Way): string {
  switch (way.kind) {
    case 'route':
      return line(way.after.join(', '), way.to, way.note);
    case 'wake':
      return line(`${way.reason} comes`, way.to, '');
    case 'expiry':
      return line(`${way.reason} not in time`, way.to, way.note);
  }
}

function line(after: string, to: string, note: string): string {
  return `  ${after.padEnd(26)} -> ${to}${note === '' ? '' : `  (${note})`}`;
}
