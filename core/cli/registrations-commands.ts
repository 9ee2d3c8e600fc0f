/**
 * `enroute core registrations …`: looking at registrations, and having them go on, begin anew, stop or wait; also while
 * the core runs. One registration is ordered at once. Several are shown first, with a token that has the order given to
 * just those; without it nothing is done.
 */
import { PRIORITIES } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { isRefusal } from '@enroute/shared/status/refusals.ts';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  lookAct,
  orderAct,
  orderOneAct,
  orderStatusAct,
  previewAct,
  showRegistrationAct,
} from '../administration/registration-acts.ts';
import { actText } from '../ops/actions/order-texts.ts';
import type { Given } from '../ops/actions/orders.ts';
import type { RegistrationView } from '../ops/actions/registration-view.ts';
import type { Ordered } from '../pipeline/events/event.ts';
import { type CoreSite, whichCore } from './core-site.ts';
import { pauseRuleCommands } from './pause-rule-commands.ts';
import { selectionOf, withSelection } from './selection-options.ts';
import { tellFound } from './tell-found.ts';

export type RegistrationsSite = Pick<CoreSite, 'act' | 'say' | 'endWith' | 'now'>;

interface Options extends Readonly<Record<string, unknown>> {
  readonly folder: string;
  readonly json?: boolean;
}

interface Ordering extends Options {
  readonly preview?: boolean;
  readonly token?: string;
}

const HOUR_MS = 60 * 60 * 1000;
const MAX_PAUSE_HOURS = 366 * 24;

export function registrationsCommands(site: RegistrationsSite): Command {
  const { act, say } = site;
  const registrations = new Command('registrations').description('Registrations: where they are, and orders to them.');
  const named = (name: string): Command => whichCore(registrations.command(name)).option('--json', 'as JSON');

  withSelection(named('list'))
    .description('Counts the registrations that have not ended, and shows some.')
    .action(async (options: Options) => {
      const found = await act(options.folder, lookAct, { selection: selectionOf([], options) });
      if (options.json) return say(JSON.stringify(found, null, 2));
      tellFound(say, found);
    });

  named('show')
    .argument('<rid>')
    .description('Where a registration is, what it waits for, and all that was noted of it.')
    .action(async (rid: string, { folder, json }: Options) => {
      const view = await act(folder, showRegistrationAct, { rid });
      if (!view) throw new EnrouteError('ENR-WEB-001', rid);
      if (json) return say(JSON.stringify(view, null, 2));
      tellView(site, view);
    });

  named('status')
    .argument('<order>', 'what an order was answered with')
    .description('What became of an order: how many it was applied to, had nothing to do for, and still wait for it.')
    .action(async (id: string, { folder, json }: Options) => {
      const status = await act(folder, orderStatusAct, { id });
      if (json) return say(JSON.stringify(status));
      const { act: ordered, by, at, state, count, applied, ignored, waiting } = status;
      say(`${actText(ordered)}, given by ${by} at ${at} to ${count}:`);
      say(`${applied} applied, ${ignored} ignored, ${waiting} waiting.`);
      if (state === 'begun') say(`It is still being given. If that was cut short: the same order with --token ${id}.`);
    });

  const ordering = (name: string, description: string): Command =>
    withSelection(named(name))
      .description(description)
      .option('--preview', 'only shows what the order would be given to')
      .option('--token <token>', 'of a preview: gives the order to just what that has shown');

  const order = async (rids: readonly string[], options: Ordering, ordered: Ordered): Promise<void> => {
    const { folder, token, preview = false } = options;
    if (token !== undefined) return tellGiven(site, options, await act(folder, orderAct, { token }));
    const selection = selectionOf(rids, options);
    const [rid] = rids;
    if (!preview && rid !== undefined && rids.length === 1 && Object.keys(selection).length === 1) {
      return tellGiven(site, options, await act(folder, orderOneAct, { rid, act: ordered }));
    }
    const shown = await act(folder, previewAct, { selection, act: ordered });
    // A script is not to take what was only shown for done.
    if (!preview) site.endWith(1);
    if (options.json) return say(JSON.stringify(shown, null, 2));
    tellFound(say, shown);
    say(`Nothing was done. To have these ${shown.rids.length} ${actText(ordered)}, until ${shown.expiresAt}:`);
    say(`the same command with --token ${shown.token} in place of what it chooses by.`);
  };

  ordering('resume', 'Has dead letters, and what a pause holds, go on at the stage where they are.')
    .argument('[rids...]')
    .action((rids: string[], options: Ordering) => order(rids, options, { do: 'resume' }));

  ordering('resume-from', 'Has them go on at that stage of their flow.')
    .argument('<to-stage>')
    .argument('[rids...]')
    .action((stage: string, rids: string[], options: Ordering) => order(rids, options, { do: 'resume-from', stage }));

  ordering('restart', 'Has them begin their flow anew.')
    .argument('[rids...]')
    .action((rids: string[], options: Ordering) => order(rids, options, { do: 'restart' }));

  ordering('stop', 'Ends them as rejected; their stations are told.')
    .argument('[rids...]')
    .option('--tell <code>', 'what the station is told', codeArgument, 'ENR-ACT-001')
    .action((rids: string[], options: Ordering & { readonly tell: StatusCode }) =>
      order(rids, options, { do: 'stop', code: options.tell }),
    );

  named('decide')
    .argument('<rid>', 'a registration that waits for a decision')
    .description(
      "Says whose number it is about: that of another registration (`show` names those in question), or nobody's.",
    )
    .addOption(new Option('--person <rid>', 'the registration of the same person').conflicts('nobody'))
    .option('--nobody', 'none of them is the person')
    .action(async (rid: string, options: Options & { readonly person?: string; readonly nobody?: boolean }) => {
      const { folder, person, nobody } = options;
      if (person === undefined && !nobody) throw new InvalidArgumentError('Say --person <rid>, or --nobody.');
      const ordered: Ordered = { do: 'decide', ...(person === undefined ? {} : { accept: person }) };
      tellGiven(site, options, await act(folder, orderOneAct, { rid, act: ordered }));
    });

  ordering('prioritise', `Gives them another priority: ${PRIORITIES.join(' or ')}.`)
    .argument('<to>', 'the priority', priorityArgument)
    .argument('[rids...]')
    .action((priority: (typeof PRIORITIES)[number], rids: string[], options: Ordering) =>
      order(rids, options, { do: 'prioritise', priority }),
    );

  ordering('pause', 'Holds them before their next stage.')
    .argument('[rids...]')
    .requiredOption('--for <hours>', 'how long', pauseHours)
    .addOption(new Option('--then <what>', 'what becomes of them').choices(['resume', 'stop']).default('resume'))
    .action((rids: string[], options: Ordering & { readonly for: number; readonly then: 'resume' | 'stop' }) => {
      const until = new Date(site.now().getTime() + options.for * HOUR_MS).toISOString();
      return order(rids, options, { do: 'pause', until, after: options.then });
    });

  return registrations.addCommand(pauseRuleCommands(site));
}

function tellGiven({ say }: RegistrationsSite, { json }: Options, { id, act, count }: Given): void {
  const inWords = [
    `Ordered: ${actText(act)}, ${count} of them. The workers carry it out; what became of it:`,
    `enroute core registrations status ${id}`,
  ];
  say(json ? JSON.stringify({ id, act, count }) : inWords.join('\n'));
}

function tellView({ say }: RegistrationsSite, view: RegistrationView): void {
  const { rid, state, stage, process, priority, station, flow, since, parked, notBefore, ordered, history } = view;
  say(`${rid}  ${process}, ${priority}, from station ${station}`);
  say(`${[state, stage].filter(Boolean).join(' at ')} since ${since}${flow ? `, flow version ${flow.version}` : ''}`);
  if (parked) say(`waits: ${[parked.reason, parked.key].filter(Boolean).join(' ')}, until ${parked.until}`);
  if (parked?.reason === 'decision') for (const candidate of view.candidates) say(`in question: ${candidate}`);
  if (notBefore) say(`${view.attempts} failed tries; the next one at ${notBefore}`);
  if (ordered > 0) say(`${ordered} events or orders have not come to it yet`);
  for (const { at, stage: where, outcome, code, by } of history)
    say([at, where, outcome, code, by].filter(Boolean).join('  '));
}

function codeArgument(text: string): StatusCode {
  if (isRefusal(text)) return text;
  throw new InvalidArgumentError('A code that refuses a registration, e.g. ENR-ACT-001.');
}

function priorityArgument(text: string): (typeof PRIORITIES)[number] {
  const priority = PRIORITIES.find((known) => known === text);
  if (priority) return priority;
  throw new InvalidArgumentError(`One of ${PRIORITIES.join(', ')}.`);
}

function pauseHours(text: string): number {
  const hours = Number(text);
  if (Number.isInteger(hours) && hours >= 1 && hours <= MAX_PAUSE_HOURS) return hours;
  throw new InvalidArgumentError(`A whole number from 1 to ${MAX_PAUSE_HOURS}.`);
}
