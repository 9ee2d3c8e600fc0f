/**
 * Secrets of a command: from the environment, or asked for at a terminal, never from the command line. One pair signs
 * people in, whatever their role: ENROUTE_PERSON and ENROUTE_PERSON_PASSWORD.
 */
import { personIdSchema } from '@enroute/shared/schemas/common.ts';
import { takeSecrets } from '@enroute/sync/settings/secrets.ts';
import type { Credentials } from '../local-api/front-desk.ts';
import type { Terminal } from './terminal.ts';
import { usageFailure } from './usage.ts';

export const SECRETS_HELP = `
Environment:
  ENROUTE_STATION_PASSPHRASE  opens the station's keys, where no agent runs
  ENROUTE_LOCAL_TOKEN         guards the local API of \`start\`; the other commands use it when the agent runs
  ENROUTE_PERSON, ENROUTE_PERSON_PASSWORD
                              who enrols, approves or rejects
  ENROUTE_NEW_PASSWORD        of \`person\` and \`password\`
Where a secret is missing, a terminal asks for it. ENROUTE_PERSON is none, and has to be set.
`;

const MIN_PASSPHRASE_CHARACTERS = 12;
const MIN_TOKEN_CHARACTERS = 16;

export function stationPassphrase(terminal: Terminal): Promise<string> {
  return secretOf(terminal, 'ENROUTE_STATION_PASSPHRASE', 'Passphrase of the station');
}

/** Of a station that is being made. */
export async function newPassphrase(terminal: Terminal): Promise<string> {
  const passphrase = await newSecretOf(terminal, 'ENROUTE_STATION_PASSPHRASE', 'Passphrase of the new station');
  if ([...passphrase].length >= MIN_PASSPHRASE_CHARACTERS) return passphrase;
  throw usageFailure(`ENROUTE_STATION_PASSPHRASE must be at least ${MIN_PASSPHRASE_CHARACTERS} characters long.`);
}

/** What the running agent was started with. */
export function localToken(terminal: Terminal): Promise<string> {
  return secretOf(terminal, 'ENROUTE_LOCAL_TOKEN', 'Token of the running agent');
}

/** Of an agent that is being started. */
export async function newLocalToken(terminal: Terminal): Promise<string> {
  const token = await newSecretOf(terminal, 'ENROUTE_LOCAL_TOKEN', 'Token for the local API');
  if (token.length >= MIN_TOKEN_CHARACTERS) return token;
  throw usageFailure(`ENROUTE_LOCAL_TOKEN must be at least ${MIN_TOKEN_CHARACTERS} characters long.`);
}

export async function credentials(terminal: Terminal): Promise<Credentials> {
  const person = terminal.env.ENROUTE_PERSON ?? '';
  if (!personIdSchema.safeParse(person).success) throw usageFailure('ENROUTE_PERSON must name who signs in.');
  return { person, password: await personPassword(terminal, person) };
}

export function personPassword(terminal: Terminal, person: string): Promise<string> {
  return secretOf(terminal, 'ENROUTE_PERSON_PASSWORD', `Password of ${person}`);
}

export function newPassword(terminal: Terminal, person: string): Promise<string> {
  return newSecretOf(terminal, 'ENROUTE_NEW_PASSWORD', `New password of ${person}`);
}

async function secretOf({ env, askSecret }: Terminal, name: string, what: string): Promise<string> {
  const given = takeSecrets(env)[name] || (await askSecret?.(`${what}: `));
  if (given) return given;
  throw usageFailure(`${name} must be set.`);
}

async function newSecretOf(terminal: Terminal, name: string, what: string): Promise<string> {
  const { env, askSecret } = terminal;
  const isGiven = Boolean(takeSecrets(env)[name]);
  const first = await secretOf(terminal, name, what);
  if (isGiven || first === (await askSecret?.('Once more: '))) return first;
  throw usageFailure('The two are not the same.');
}
