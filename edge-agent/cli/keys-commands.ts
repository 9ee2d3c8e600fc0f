/** `init`, `person`, `password`, `card`, `trust`: who the station is, who works at it, and whom it believes. */
import { readFile } from 'node:fs/promises';
import { type CoreCard, coreCardSchema, PERSON_ROLES, type PersonRole } from '@enroute/shared/schemas/cards.ts';
import { personIdSchema, stationSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { changePassword, createPerson, hasPerson } from '../keys/people.ts';
import { createIdentity, hasIdentity, openIdentity, stationCardOf } from '../keys/station-identity.ts';
import { trustCore } from '../keys/trusted-core.ts';
import type { CommandSite, InFolder } from './command-site.ts';
import { answer, type Output } from './output.ts';
import { demandStation } from './reach-station.ts';
import { newPassphrase, newPassword, personPassword, stationPassphrase } from './secrets.ts';
import type { Terminal } from './terminal.ts';
import { pathArgument, usageFailure } from './usage.ts';

type Options = InFolder & Output;

export function addKeysCommands({ terminal, add }: CommandSite): void {
  add('init')
    .argument('<number>', 'center and machine, five digits each', checked(stationSchema))
    .description("Makes the station's keys.")
    .action(async (station: string, { folder, ...output }: Options) => {
      if (hasIdentity(folder)) throw new EnrouteError('ENR-CLI-003', folder);
      await createIdentity(folder, station, await newPassphrase(terminal));
      answer(terminal, output, { station, folder }, () => `Station ${station} is in ${folder}.`);
    });

  add('person')
    .argument('<id>', 'who it is', checked(personIdSchema))
    .requiredOption('--role <role>', 'operator or supervisor; may be given twice', roleArgument)
    .description('Makes keys for a person, opened by a password of their own.')
    .action((id: string, options: Options & { role: PersonRole[] }) => addPerson(terminal, id, options));

  add('password')
    .argument('<id>', 'whose it is', checked(personIdSchema))
    .description('Changes the password of a person. The keys stay.')
    .action(async (id: string, { folder, ...output }: Options) => {
      demandStation(folder);
      const named = terminal.env.ENROUTE_PERSON;
      if (named && named !== id) throw usageFailure(`ENROUTE_PERSON is ${named}, and not ${id}.`);
      const password = await personPassword(terminal, id);
      await usable(() =>
        newPassword(terminal, id).then((next) => changePassword(folder, id, password, next, terminal.now)),
      );
      answer(terminal, output, { id }, () => `The password of ${id} is changed.`);
    });

  add('card')
    .description('Prints what the administrator registers at the core: public keys only.')
    .action(async ({ folder }: Options) => {
      demandStation(folder);
      const identity = await openIdentity(folder, await stationPassphrase(terminal));
      terminal.out(`${JSON.stringify(await stationCardOf(folder, identity), null, 2)}\n`);
    });

  add('trust')
    .argument('<core-card>', 'a file, as `enroute core register` prints it', pathArgument)
    .description('From now on this core is the one that the station seals for and believes.')
    .action(async (path: string, { folder, ...output }: Options) => {
      demandStation(folder);
      const card = await readCoreCard(path);
      await trustCore(folder, card);
      answer(terminal, output, { epoch: card.epoch }, () => 'The core is trusted.');
    });
}

async function addPerson(
  terminal: Terminal,
  id: string,
  { folder, role, ...output }: Options & { role: PersonRole[] },
): Promise<void> {
  demandStation(folder);
  if (hasPerson(folder, id)) throw new EnrouteError('ENR-CLI-003', id);
  const password = await newPassword(terminal, id);
  await usable(() => createPerson(folder, id, role, password));
  answer(terminal, output, { id, roles: role }, () => {
    return `${id} can sign in here as ${role.join(' and ')}. Register the station's card with the core again.`;
  });
}

/** What people.ts says of a password is for whoever chose it. */
async function usable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof z.ZodError) throw usageFailure(error.issues.map(({ message }) => message).join('\n'));
    throw error;
  }
}

async function readCoreCard(path: string): Promise<CoreCard> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) throw usageFailure(`${path} can not be read.`);
  try {
    return coreCardSchema.parse(JSON.parse(text));
  } catch {
    throw usageFailure(`${path} is not a core's card.`);
  }
}

function checked(schema: z.ZodType<string>): (text: string) => string {
  return (text) => {
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(parsed.error.issues.map(({ message }) => message).join('; '));
  };
}

function roleArgument(text: string, before: readonly PersonRole[] = []): PersonRole[] {
  const role = PERSON_ROLES.find((known) => known === text);
  if (!role) throw new InvalidArgumentError(`A role is ${PERSON_ROLES.join(' or ')}.`);
  return before.includes(role) ? [...before] : [...before, role];
}
