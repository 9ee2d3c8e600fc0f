/** `status`, `list`, `show`, `verify`, `release`: what the station holds. None of them tells who anybody is. */
import { Option } from 'commander';
import type { Verdict } from '../local-api/front-desk.ts';
import { QUEUE_STATES, type QueueState } from '../queue/states.ts';
import type { CommandSite, InFolder } from './command-site.ts';
import { EXIT } from './exit-codes.ts';
import { answer, answerLine, type Output } from './output.ts';
import { showProgress } from './progress.ts';
import { atStation } from './reach-station.ts';
import { renderItem, renderList } from './render-items.ts';
import { renderStatus } from './render-status.ts';
import type { Terminal } from './terminal.ts';
import { limitArgument, ridArgument } from './usage.ts';
import { amount, count } from './words.ts';

type Options = InFolder & Output;
type ListOptions = Options & { state?: QueueState; limit: number };

export function addQueueCommands({ terminal, add }: CommandSite): void {
  add('status')
    .description('How the station stands: its link, what waits, and how much more it takes.')
    .action(({ folder, ...output }: Options) =>
      atStation(terminal, folder, async (desk) => answer(terminal, output, await desk.status(), renderStatus)),
    );

  add('list')
    .addOption(new Option('--state <state>', 'only those in this state').choices(QUEUE_STATES))
    .option('--limit <number>', 'how many at most', limitArgument, 100)
    .description('Lists registrations, the newest first. Drafts are those in the state DRAFT.')
    .action(({ folder, state, limit, ...output }: ListOptions) =>
      atStation(terminal, folder, async (desk) => {
        answer(terminal, output, await desk.list({ limit, state: state ?? null }), renderList);
      }),
    );

  add('show')
    .argument('<rid>', 'of a registration', ridArgument)
    .description('Shows one registration.')
    .action((rid: string, { folder, ...output }: Options) =>
      atStation(terminal, folder, async (desk) => answer(terminal, output, await desk.show(rid), renderItem)),
    );

  add('verify')
    .argument('[rid]', 'of one; all when left out', ridArgument)
    .description('Looks whether packets are whole on the disk. Damaged ones are set aside.')
    .action((rid: string | undefined, options: Options) => verify(terminal, rid ?? null, options));

  add('release')
    .description('Deletes the bytes of packets that have ended and need not be kept any longer.')
    .action((options: Options) => release(terminal, options));
}

async function verify(terminal: Terminal, rid: string | null, { folder, ...output }: Options): Promise<void> {
  await atStation(terminal, folder, async (desk) => {
    const progress = showProgress(terminal, 'verifying');
    let packets = 0;
    let damaged = 0;
    try {
      for await (const verdict of desk.verify(rid)) {
        packets += 1;
        if (verdict.damage) damaged += 1;
        progress.clear();
        answerLine(terminal, output, verdict, renderDamage);
        progress.step();
      }
    } finally {
      progress.stop();
    }
    if (!output.json) terminal.out(`${count(packets, 'packet')}, ${damaged} damaged.\n`);
    if (damaged > 0) terminal.endWith(EXIT.damage);
  });
}

function renderDamage({ rid, damage }: Verdict): string | undefined {
  if (!damage) return undefined;
  const { code, sentence, detail, next } = damage;
  return `${rid}  ${code}: ${sentence} (${detail})\n  ${next}`;
}

async function release(terminal: Terminal, { folder, ...output }: Options): Promise<void> {
  await atStation(terminal, folder, async (desk) => {
    const progress = showProgress(terminal, 'releasing');
    let packets = 0;
    let freed = 0;
    try {
      for await (const released of desk.release()) {
        packets += 1;
        freed += released.bytes;
        progress.clear();
        answerLine(terminal, output, released, ({ rid, bytes }) => `${rid}  ${amount(bytes)}`);
        progress.step();
      }
    } finally {
      progress.stop();
    }
    if (!output.json) terminal.out(`${count(packets, 'packet')} released, ${amount(freed)}.\n`);
  });
}
