/** What was found among the registrations, for whoever sits at the command line. */
import type { Found, Sample } from '../ops/actions/look.ts';

export function tellFound(say: (text: string) => void, found: Found): void {
  const { rids, looked, complete, byState, byStage, byCenter, byReason, samples } = found;
  say(`${rids.length}${complete ? '' : ' or more'} of ${looked} that were looked at.`);
  for (const [name, counts] of Object.entries({ byState, byStage, byReason, byCenter })) {
    const parts = Object.entries(counts).map(([key, count]) => `${key} ${count}`);
    if (parts.length > 0) say(`${name.slice(2).toLowerCase().padEnd(6)}  ${parts.join(', ')}`);
  }
  for (const sample of samples) say(lineOf(sample));
  if (!complete) say('There may be more than are dealt with at once: do these, then look again.');
}

function lineOf({ rid, state, stage, process, priority, since, code, reason, until }: Sample): string {
  const waits = reason === null ? undefined : `${reason} until ${until}`;
  return [rid, state, stage, process, priority, since, waits, code].filter(Boolean).join('  ');
}
