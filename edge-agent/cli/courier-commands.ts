/** `export`, `import-bundle`: what travels on a stick where the link does not carry it. Nobody signs in: all of it is sealed. */
import { bundlePaths } from '@enroute/sync/courier/bundle-paths.ts';
import { DEFAULT_MAX_FILE_BYTES } from '@enroute/sync/courier/limits.ts';
import { bytesArgument, fileBytesArgument } from '@enroute/sync/courier/size-arguments.ts';
import { isDamage, isTrouble, type TakeStep, type WriteStep } from '@enroute/sync/courier/steps.ts';
import { tellTake, tellWrite } from '@enroute/sync/courier/tell-steps.ts';
import type { CommandSite, InFolder } from './command-site.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { answerLine, type Output } from './output.ts';
import { showProgress } from './progress.ts';
import { atStation } from './reach-station.ts';
import type { Terminal } from './terminal.ts';
import { pathArgument, pathArguments } from './usage.ts';

type Options = InFolder & Output;
type ExportOptions = Options & { readonly maxFileBytes: number; readonly maxBytes?: number };

export function addCourierCommands({ terminal, add }: CommandSite): void {
  add('export')
    .argument('<to>', 'a folder that is there, such as a stick', pathArgument)
    .option('--max-file-bytes <number>', 'a larger bundle is several files', fileBytesArgument, DEFAULT_MAX_FILE_BYTES)
    .option('--max-bytes <number>', 'all files together', bytesArgument)
    .description(
      'Writes all that waits for the core into a sealed bundle. Nothing changes by it; do it as often as you like.',
    )
    .action((to: string, { folder, maxFileBytes, maxBytes, ...output }: ExportOptions) =>
      atStation(terminal, folder, async (desk) => {
        const steps = desk.exportBundle({ folder: to, maxFileBytes, maxBytes: maxBytes ?? null });
        await tellWriting(terminal, output, steps);
      }),
    );

  add('import-bundle')
    .argument('<bundle...>', 'bundles, or folders of them, that the core has exported', pathArguments)
    .description(
      "Takes in the core's answers: receipts, results, tasks, master data. What was here before changes nothing.",
    )
    .action((paths: string[], { folder, ...output }: Options) =>
      atStation(terminal, folder, async (desk) => {
        await tellTaking(terminal, output, desk.importBundles(await bundlePaths(paths)));
      }),
    );
}

async function tellWriting(terminal: Terminal, output: Output, steps: AsyncIterable<WriteStep>): Promise<void> {
  const progress = showProgress(terminal, 'exporting');
  try {
    for await (const step of steps) {
      progress.clear();
      answerLine(terminal, output, step, (one) => tellWrite(one, 'packet'));
      if (step.step === 'entry') progress.step();
      if (step.step === 'left-out') terminal.endWith(EXIT.damage);
    }
  } finally {
    progress.stop();
  }
}

async function tellTaking(terminal: Terminal, output: Output, steps: AsyncIterable<TakeStep>): Promise<void> {
  const progress = showProgress(terminal, 'importing');
  let code: ExitCode = EXIT.done;
  try {
    for await (const step of steps) {
      progress.clear();
      answerLine(terminal, output, step, (one) => tellTake(one, 'document'));
      if (step.step === 'entry') progress.step();
      // Of several, the first makes the exit code.
      if (code === EXIT.done && isTrouble(step)) code = isDamage(step) ? EXIT.damage : EXIT.refused;
    }
  } finally {
    progress.stop();
  }
  if (code !== EXIT.done) terminal.endWith(code);
}
