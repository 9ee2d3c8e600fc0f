/**
 * `enroute core person …`: the first administrator's way in, and the way back in when nobody has one any more; also while
 * the core runs. Everything else about people is done in the console.
 */
import { Command, InvalidArgumentError } from 'commander';
import { addPersonAct, closePersonAct, linkPersonAct, listPeopleAct } from '../administration/people-acts.ts';
import type { PersonSummary } from '../people/people-administration.ts';
import { type Actor, centerSchema, corePersonIdSchema, ROLES, type Role } from '../people/person.ts';
import type { SignInLink } from '../people/sign-in-links.ts';
import { type CoreSite, whichCore } from './core-site.ts';

export type PeopleSite = Pick<CoreSite, 'act' | 'say'>;

interface Folder {
  readonly folder: string;
}

interface Adding extends Folder {
  readonly role: readonly Role[];
  readonly center?: readonly string[];
  readonly hours: number;
}

const LINK_HOURS = 24;
const MAX_LINK_HOURS = 7 * 24;

export function peopleCommands(site: PeopleSite): Command {
  const person = new Command('person').description('People of the console: who there is, and their way in.');
  const named = (name: string): Command => whichCore(person.command(name));

  named('add')
    .argument('<id>', 'small letters, digits, ".", "_", "-"', idArgument)
    .description('Enters a person, and prints a link by which they sign in once and choose a password.')
    .requiredOption('--role <role>', `${ROLES.join(', ')}; may be given several times`, eachRole, [])
    .option('--center <center>', 'that a supervisor sees, five digits; may be given several times', eachCenter)
    .option('--hours <number>', 'how long the link is good', hoursArgument, LINK_HOURS)
    .action(async (id: string, { folder, role, center, hours }: Adding) => {
      const given: Actor['centers'] = center ?? (role.includes('supervisor') ? [] : 'all');
      const centers = given === 'all' ? given : [...given];
      tellLink(site, id, await site.act(folder, addPersonAct, { id, roles: [...role], centers, hours }));
    });

  named('link')
    .argument('<id>', 'a person', idArgument)
    .description('Takes back password, second factor and sessions of a person, and prints a new link.')
    .option('--hours <number>', 'how long the link is good', hoursArgument, LINK_HOURS)
    .action(async (id: string, { folder, hours }: Folder & { readonly hours: number }) =>
      tellLink(site, id, await site.act(folder, linkPersonAct, { id, hours })),
    );

  named('list')
    .description('Lists the people, one a line.')
    .action(async ({ folder }: Folder) => {
      for (const each of await site.act(folder, listPeopleAct, {})) site.say(lineOf(each));
    });

  named('close')
    .argument('<id>', 'a person', idArgument)
    .description('Keeps a person out from now on. The last administrator stays.')
    .action(async (id: string, { folder }: Folder) => {
      await site.act(folder, closePersonAct, { id });
      site.say(`${id} is closed.`);
    });
  return person;
}

function tellLink({ say }: PeopleSite, id: string, { link, expiresAt }: SignInLink): void {
  say(`${id} signs in once, until ${expiresAt}, at the gateway's address followed by`);
  say(consolePath(link));
}

/** Where a one-time link leads, from the gateway's address on. */
export function consolePath(link: string): string {
  return `console/#link=${link}`;
}

function lineOf({ id, roles, centers, state, secondFactor, locked, lastSignIn }: PersonSummary): string {
  const seen = centers === 'all' ? 'every center' : centers.join(' ');
  const more = [secondFactor ? 'second factor' : undefined, locked ? 'locked' : undefined];
  const parts = [id, state, roles.join(', '), seen, ...more, lastSignIn ? `last ${lastSignIn}` : 'never signed in'];
  return parts.filter((part) => part !== undefined).join('  ');
}

function idArgument(text: string): string {
  if (corePersonIdSchema.safeParse(text).success) return text;
  throw new InvalidArgumentError('An id is 2 to 40 small letters, digits, ".", "_" or "-", and begins with a letter.');
}

function eachRole(text: string, before: readonly Role[]): readonly Role[] {
  const role = ROLES.find((known) => known === text);
  if (!role) throw new InvalidArgumentError(`A role is one of ${ROLES.join(', ')}.`);
  return before.includes(role) ? before : [...before, role];
}

function eachCenter(text: string, before: readonly string[] = []): readonly string[] {
  if (!centerSchema.safeParse(text).success) throw new InvalidArgumentError('A center is five digits.');
  return [...before, text];
}

function hoursArgument(text: string): number {
  const hours = Number(text);
  if (Number.isInteger(hours) && hours >= 1 && hours <= MAX_LINK_HOURS) return hours;
  throw new InvalidArgumentError(`A whole number from 1 to ${MAX_LINK_HOURS}.`);
}
