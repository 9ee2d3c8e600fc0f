/** The steps of a courier bundle as lines for people. What went well is told as a number, what did not one by one. */
import { basename } from 'node:path';
import type { Problem, TakeStep, WriteStep } from './steps.ts';

/** What the entries of a bundle are. */
export type Noun = 'packet' | 'document';

/** Undefined for what people need not see. */
export function tellTake(step: TakeStep, noun: Noun): string | undefined {
  const file = basename(step.file);
  switch (step.step) {
    case 'opened':
      return `${file}: file ${step.number} of ${step.of} of station ${step.station}, ${step.at}, ${count(step.entries, noun)}`;
    case 'entry':
      return step.problem ? `  ${step.id ?? `a ${noun}`}  ${step.result}: ${tellProblem(step.problem)}` : undefined;
    case 'hole':
      return `  can not be read at byte ${step.atBytes}`;
    case 'closed':
      return `${file}: ${tellTally(step)}${step.brokeOffAtBytes === null ? '' : ` It breaks off at byte ${step.brokeOffAtBytes}.`}`;
    case 'not-opened':
      return `${file}: nothing was taken. ${tellProblem(step.problem)}`;
  }
}

function tellTally({ taken, known, refused, damaged, missing }: Extract<TakeStep, { step: 'closed' }>): string {
  const worse = [
    [refused, 'refused'],
    [damaged, 'damaged'],
    [missing, 'missing'],
  ] as const;
  const told = worse.flatMap(([number, what]) => (number > 0 ? [`${number} ${what}`] : []));
  return `${[`${taken} taken`, `${known} known already`, ...told].join(', ')}.`;
}

export function tellWrite(step: WriteStep, noun: Noun): string | undefined {
  switch (step.step) {
    case 'entry':
      return undefined;
    case 'left-out':
      return `  ${step.id}  left out: ${tellProblem(step.problem)}`;
    case 'file':
      return `${step.path}  ${count(step.entries, noun)}, ${megabytes(step.bytes)}, written and read back`;
    case 'written': {
      const { entries, files, bytes, noRoom } = step;
      const rest = noRoom === 0 ? '' : ` ${count(noRoom, noun)} did not fit.`;
      if (entries === 0) return `Nothing was written: there is nothing to carry.${rest}`;
      return `${count(entries, noun)} in ${count(files, 'file')}, ${megabytes(bytes)}.${rest}`;
    }
  }
}

function tellProblem({ code, sentence, next, detail }: Problem): string {
  return `${code}: ${sentence}${detail ? ` (${detail})` : ''}\n    ${next}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** "1.3 MB": millions of bytes. */
function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
