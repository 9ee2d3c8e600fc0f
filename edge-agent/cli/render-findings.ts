/** Findings and failures for people: code, sentence, what it is about, and the next step. */
import type { Failure, ToldFinding } from '../local-api/failure.ts';
import { printable } from './words.ts';

export function renderFailure({ error, reason, next, detail, findings = [] }: Failure): string {
  if (findings.length === 0) return `${error}: ${withDetail(reason, detail)}\n  ${next}`;
  const refusals = findings.filter(({ weight }) => weight === 'refuse').length;
  return `Refused, for ${refusals === 1 ? 'one reason' : `${refusals} reasons`}:\n${renderFindings(findings)}`;
}

export function renderFindings(findings: readonly ToldFinding[]): string {
  const width = Math.max(...findings.map(({ code }) => code.length));
  return findings
    .map(({ code, weight, detail, sentence, next }) => {
      const mark = weight === 'refuse' ? '✗' : weight === 'warn' ? '!' : '·';
      const indent = ' '.repeat(width + 6);
      return `  ${mark} ${code.padEnd(width)}  ${withDetail(sentence, detail)}\n${indent}${next}`;
    })
    .join('\n');
}

function withDetail(sentence: string, detail: string | undefined): string {
  return detail ? `${sentence} (${printable(detail)})` : sentence;
}
