/** `review`, `approve`, `reject`: what a supervisor decides on. */
import { Option } from 'commander';
import type { Decision } from '../local-api/front-desk.ts';
import { REJECTION_REASONS, type RejectionReason } from '../queue/rejection.ts';
import type { CommandSite, InFolder } from './command-site.ts';
import { exitCodeOf } from './exit-codes.ts';
import { answer, type Output } from './output.ts';
import { atStation } from './reach-station.ts';
import { renderFailure } from './render-findings.ts';
import { renderReview } from './render-items.ts';
import { credentials } from './secrets.ts';
import type { Terminal } from './terminal.ts';
import { ridArgument, ridArguments, usageFailure } from './usage.ts';

type Options = InFolder & Output;

export function addApprovalCommands({ terminal, add }: CommandSite): void {
  add('review')
    .argument('<rid>', 'of an enrolment that awaits approval', ridArgument)
    .description('Shows a supervisor what there is to decide on. It holds personal data.')
    .action((rid: string, { folder, ...output }: Options) =>
      atStation(terminal, folder, async (desk) => {
        answer(terminal, output, await desk.review(rid, await credentials(terminal)), renderReview);
      }),
    );

  add('approve')
    .argument('[rid...]', 'of enrolments that await approval', ridArguments)
    .option('--all', 'all that await approval, at most a thousand')
    .description("Approves with the supervisor's signature: they go to the core.")
    .action(async (rids: string[], { folder, all, ...output }: Options & { all?: boolean }) => {
      if (rids.length > 0 === (all === true)) throw usageFailure('Name registrations, or --all.');
      await atStation(terminal, folder, async (desk) => {
        tell(terminal, output, 'approved', await desk.approve(all ? 'all' : rids, await credentials(terminal)));
      });
    });

  add('reject')
    .argument('<rid...>', 'of enrolments that await approval', ridArguments)
    .addOption(new Option('--reason <reason>', 'in one word').choices(REJECTION_REASONS).makeOptionMandatory())
    .description('Rejects: they never leave this station.')
    .action(async (rids: string[], { folder, reason, ...output }: Options & { reason: RejectionReason }) => {
      await atStation(terminal, folder, async (desk) => {
        tell(terminal, output, 'rejected', await desk.reject(rids, reason, await credentials(terminal)));
      });
    });
}

/** What is wrong with one does not keep the others back; the first failure makes the exit code. */
function tell(terminal: Terminal, output: Output, done: string, decisions: readonly Decision[]): void {
  answer(terminal, output, decisions, () => {
    if (decisions.length === 0) return 'Nothing awaits approval.';
    return decisions
      .map(({ rid, failure }) => (failure ? `${rid}  not ${done}\n${renderFailure(failure)}` : `${rid}  ${done}`))
      .join('\n');
  });
  const failure = decisions.find((decision) => decision.failure)?.failure;
  if (failure) terminal.endWith(exitCodeOf(failure.error));
}
