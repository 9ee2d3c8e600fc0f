/**
 * The steps of a courier bundle as lines for people. What went well is told as a number, what did not one by one. Names come
 * from a stick that anybody may have written: what is no text in them does not reach the terminal.
 */
import { basename } from 'node:path';
import type { Problem, TakeStep, WriteStep } from './steps.ts';

/** What the entries of a bundle are. */
export type Noun = 'packet' | 'document';

/** Undefined for what people need not see. */
export function tellTake(step: TakeStep, noun: Noun): string | undefined {
  const file = printable(basename(step.file));
  switch (step.step) {
    case 'opened':
      return `${file}: file ${step.number} of ${step.of} of station ${step.station}, ${step.at}, ${count(step.entries, noun)}`;
    case 'entry':
      return step.problem
        ? `  ${printable(step.id ?? `a ${noun}`)}  ${step.result}: ${tellProblem(step.problem)}`
        : undefined;
    case 'hole':
      return `  can not be read from byte ${step.atBytes} to ${step.toBytes}`;
    case 'closed':
      return `${file}: ${tellClosed(step)}`;
    case 'not-opened':
      return `${file}: nothing was taken. ${tellProblem(step.problem)}`;
  }
}

type ClosedStep = Extract<TakeStep, { step: 'closed' }>;

function tellClosed(step: ClosedStep): string {
  const { untold, brokeOffAtBytes, problem } = step;
  return [
    tellTally(step),
    untold > 0 ? `${untold} of these were not told one by one.` : undefined,
    brokeOffAtBytes === null ? undefined : `It breaks off at byte ${brokeOffAtBytes}.`,
    problem ? `It was not read to its end. ${tellProblem(problem)}` : undefined,
  ]
    .filter((sentence) => sentence !== undefined)
    .join(' ');
}

function tellTally({ taken, known, refused, damaged, missing }: ClosedStep): string {
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
      return `  ${printable(step.id)}  left out: ${tellProblem(step.problem)}`;
    case 'file':
      return `${printable(step.path)}  ${count(step.entries, noun)}, ${megabytes(step.bytes)}, ${tellWritten(step)}`;
    case 'written': {
      const { entries, files, bytes, noRoom } = step;
      const rest = noRoom === 0 ? '' : ` ${count(noRoom, noun)} did not fit.`;
      if (entries === 0) return `Nothing was written: there is nothing to carry.${rest}`;
      return `${count(entries, noun)} in ${count(files, 'file')}, ${megabytes(bytes)}.${rest}`;
    }
  }
}

function tellWritten({ readBack }: Extract<WriteStep, { step: 'file' }>): string {
  return readBack ? 'written and read back' : 'written and synced, not read back from the medium';
}

function tellProblem({ code, sentence, next, detail }: Problem): string {
  return `${code}: ${sentence}${detail ? ` (${printable(detail)})` : ''}\n    ${next}`;
}

/** Control characters, those that turn the direction of writing, and further ends of lines are shown as a mark. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** "1.3 MB": millions of bytes. */
function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
