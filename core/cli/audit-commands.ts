/** `enroute core audit …`: whether the audit holds, where its chains end, and what stands in it; also while the core runs. */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { listAuditAct, verifyAuditAct } from '../administration/audit-acts.ts';
import { headSchema } from '../audit/entry.ts';
import type { ListedEntry } from '../audit/list-entries.ts';
import { absolute, type CoreSite, whichCore } from './core-site.ts';
import { readJsonFile } from './read-json-file.ts';

export type AuditSite = Pick<CoreSite, 'act' | 'say'>;

interface Folder {
  readonly folder: string;
}

const headsFileSchema = z.array(headSchema).max(100_000);
const PAGE = 500;
const DEFAULT_SHOWN = 100;
const MAX_SHOWN = 100_000;

export function auditCommands(site: AuditSite): Command {
  const audit = new Command('audit').description('The audit: everything that was done with rights, in signed chains.');
  const named = (name: string): Command => whichCore(audit.command(name));

  named('verify')
    .description('Reads the whole audit and names each fault. Exit 1 when it does not hold.')
    .option('--against <file>', 'ends of chains that `audit heads` printed earlier, kept elsewhere', absolute)
    .action(async ({ folder, against: file }: Folder & { readonly against?: string }) => {
      const against = file ? await readJsonFile(file, headsFileSchema, 'a file of `enroute core audit heads`') : [];
      const verdict = await site.act(folder, verifyAuditAct, { against });
      const entries = verdict.writers.reduce((sum, writer) => sum + writer.entries, 0);
      site.say(`${entries} entries of ${verdict.writers.length} writers.`);
      for (const fault of verdict.faults) site.say(fault);
      if (!verdict.holds) throw new EnrouteError('ENR-AUD-002', `${verdict.faults.length} faults`);
      site.say('The audit holds.');
    });

  named('heads')
    .description('Prints where each chain ends, to be kept where nobody who can change the store can change it.')
    .action(async ({ folder }: Folder) => {
      const verdict = await site.act(folder, verifyAuditAct, { against: [] });
      if (!verdict.holds) throw new EnrouteError('ENR-AUD-002', 'see `enroute core audit verify`');
      const heads = verdict.writers.map(({ head }) => head);
      site.say(JSON.stringify(heads, null, 2));
    });

  named('show')
    .description('Prints the newest entries, one a line, the newest first.')
    .option('--limit <number>', 'how many', countArgument, DEFAULT_SHOWN)
    .option('--json', 'one JSON object a line')
    .action(async ({ folder, limit, json = false }: Folder & { readonly limit: number; readonly json?: boolean }) => {
      let left = limit;
      for (let before: string | undefined; left > 0; ) {
        const page = await site.act(folder, listAuditAct, { limit: Math.min(left, PAGE), before });
        for (const entry of page.entries) site.say(json ? JSON.stringify(entry) : lineOf(entry));
        left -= page.entries.length;
        before = page.before;
        if (before === undefined) break;
      }
    });
  return audit;
}

function lineOf({ at, by, act, done, outcome, address }: ListedEntry): string {
  return [at, by, act, outcome, done, address].filter((part) => part !== undefined).join('  ');
}

function countArgument(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_SHOWN) return count;
  throw new InvalidArgumentError(`A whole number from 1 to ${MAX_SHOWN}.`);
}
