/** `check`, `enrol`, `import`, `discard`: what an operator does with what was captured. */
import type { Imported, Saved } from '../local-api/front-desk.ts';
import { MAX_SOURCES } from '../local-api/requests.ts';
import type { CommandSite, InFolder } from './command-site.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { answer, answerLine, type Output } from './output.ts';
import { showProgress } from './progress.ts';
import { atStation } from './reach-station.ts';
import { renderFailure, renderFindings } from './render-findings.ts';
import { credentials } from './secrets.ts';
import type { Terminal } from './terminal.ts';
import { pathArgument, pathArguments, ridArgument, usageFailure } from './usage.ts';
import { amount, count } from './words.ts';

type Options = InFolder & Output;
type EnrolOptions = Options & { draft?: string; asDraft?: boolean };
type ImportOptions = Options & { consent?: boolean; acceptDoubts?: boolean };

export function addEnrolCommands({ terminal, add }: CommandSite): void {
  add('check')
    .argument('<capture-folder>', 'see docs/capture-folder.md', pathArgument)
    .description('Tells what would be refused or warned of, and saves nothing.')
    .action((captureFolder: string, options: Options) => check(terminal, captureFolder, options));

  add('enrol')
    .argument('[capture-folder]', 'see docs/capture-folder.md; with --draft it may be left out', pathArgument)
    .option('--as-draft', 'keep it as a draft, to be gone on with')
    .option('--draft <rid>', 'complete this draft, or with --as-draft replace it', ridArgument)
    .description('Seals an enrolment into the queue.')
    .action((captureFolder: string | undefined, options: EnrolOptions) => enrol(terminal, captureFolder, options));

  add('import')
    .argument('<source...>', 'folders or zips of opened MOSIP packets', pathArguments)
    .option('--consent', 'the person was asked and consents; for packets that do not say')
    .option('--accept-doubts', 'take what is in doubt, such as a hash that does not match')
    .description("Enrols from packets in MOSIP's layout.")
    .action((sources: string[], options: ImportOptions) => importAll(terminal, sources, options));

  add('discard')
    .argument('<rid>', 'of a draft', ridArgument)
    .description('Throws a draft away.')
    .action((rid: string, { folder, ...output }: Options) =>
      atStation(terminal, folder, async (desk) => {
        await desk.discardDraft(rid, await credentials(terminal));
        answer(terminal, output, { rid }, () => `The draft ${rid} is gone.`);
      }),
    );
}

async function check(terminal: Terminal, captureFolder: string, { folder, ...output }: Options): Promise<void> {
  await atStation(terminal, folder, async (desk) => {
    const findings = await desk.check(captureFolder, await credentials(terminal));
    const refused = findings.some(({ weight }) => weight === 'refuse');
    answer(terminal, output, { refused, findings }, () => {
      const verdict = refused ? 'It would be refused:' : 'It would be taken.';
      return findings.length === 0 ? verdict : `${verdict}\n${renderFindings(findings)}`;
    });
    if (refused) terminal.endWith(EXIT.refused);
  });
}

async function enrol(
  terminal: Terminal,
  captureFolder: string | undefined,
  { folder, draft, asDraft, ...output }: EnrolOptions,
): Promise<void> {
  if (captureFolder === undefined && (asDraft || draft === undefined)) {
    throw usageFailure('A capture folder is needed; only a draft that is completed can do without.');
  }
  const order = { captureFolder: captureFolder ?? null, draft: draft ?? null };
  await atStation(terminal, folder, async (desk) => {
    const operator = await credentials(terminal);
    if (asDraft) {
      const rid = await desk.saveDraft(order, operator);
      answer(terminal, output, { rid }, () => `Kept as a draft: ${rid}`);
      return;
    }
    const saved = await desk.enrol(order, operator);
    answer(terminal, output, saved, renderSaved);
    if (!output.json) warn(terminal, saved);
  });
}

async function importAll(
  terminal: Terminal,
  sources: readonly string[],
  { folder, consent = false, acceptDoubts = false, ...output }: ImportOptions,
): Promise<void> {
  if (sources.length > MAX_SOURCES) throw usageFailure(`At most ${MAX_SOURCES} packets at once.`);
  await atStation(terminal, folder, async (desk) => {
    const operator = await credentials(terminal);
    const progress = showProgress(terminal, 'importing', sources.length);
    const failures: string[] = [];
    try {
      for await (const imported of desk.import({ sources, consent, acceptDoubts }, operator)) {
        if (imported.failure) failures.push(imported.failure.error);
        progress.clear();
        answerLine(terminal, output, imported, renderImported);
        progress.step();
      }
    } finally {
      progress.stop();
    }
    const [first] = failures;
    if (first === undefined) return;
    if (!output.json) terminal.err(`${count(failures.length, 'packet')} of ${sources.length} not imported.\n`);
    terminal.endWith(exitCodeOf(first));
  });
}

function renderSaved({ rid, bytes, awaitsApproval }: Saved): string {
  return `Saved: ${rid}, ${amount(bytes)}${awaitsApproval ? '; it awaits a supervisor' : ''}`;
}

function renderImported({ source, saved, failure }: Imported): string {
  if (failure) return `${source}\n${renderFailure(failure)}`;
  if (!saved) return source;
  return [`${source}\n${renderSaved(saved)}`, ...(saved.findings.length ? [renderFindings(saved.findings)] : [])].join(
    '\n',
  );
}

function warn(terminal: Terminal, { findings }: Saved): void {
  if (findings.length > 0) terminal.err(`${renderFindings(findings)}\n`);
}
