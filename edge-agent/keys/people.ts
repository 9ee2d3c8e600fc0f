/**
 * The people of a station: each has one key, opened by a password of their own, and roles. Key and roles lie encrypted in
 * `<id>.key.json`; `<id>.card.json` beside it is what the core is told. Whoever signs in has the roles of the encrypted
 * file: the card can be edited by anyone who can write the folder.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type KeyPair,
  keyPairSchema,
  keyPairToJson,
  newSigningKeyPair,
  publicKeyOf,
  publicKeySchema,
} from '@enroute/shared/crypto/keys.ts';
import { PERSON_ROLES, type PersonRole } from '@enroute/shared/schemas/cards.ts';
import { personIdSchema } from '@enroute/shared/schemas/common.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { writeDurably } from '@enroute/sync/disk/durable-file.ts';
import { deriveInVain, type KeyFileCost, readKeyFile, writeKeyFile } from '@enroute/sync/disk/key-file.ts';
import { z } from 'zod';
import { countAttempt, forgetAttempts } from './sign-in-attempts.ts';

/** A person who has given the password: able to sign. */
export interface PersonSession {
  readonly id: string;
  readonly roles: readonly PersonRole[];
  readonly key: KeyPair;
}

const MIN_PASSWORD_CHARACTERS = 12;
/** More sign-ins than people at a desk; whoever asks for more is no person. */
const MAX_WAITING = 32;

const passwordSchema = z
  .string()
  .refine((password) => [...password.normalize('NFKC')].length >= MIN_PASSWORD_CHARACTERS, {
    message: `A password has at least ${MIN_PASSWORD_CHARACTERS} characters.`,
  });
const rolesSchema = z
  .array(z.enum(PERSON_ROLES))
  .min(1)
  .refine((roles) => new Set(roles).size === roles.length, 'a role is named once');
const personSchema = z.strictObject({ id: personIdSchema, roles: rolesSchema, signing: keyPairSchema });
const personCardSchema = z.strictObject({ id: personIdSchema, roles: rolesSchema, signingKey: publicKeySchema });

export type PersonCard = z.infer<typeof personCardSchema>;

const CARD_SUFFIX = '.card.json';
const peopleFolder = (folder: string): string => join(folder, 'people');
const keyPath = (folder: string, id: string): string => join(peopleFolder(folder), `${id}.key.json`);
const cardPath = (folder: string, id: string): string => join(peopleFolder(folder), `${id}${CARD_SUFFIX}`);
const attemptsPath = (folder: string, id: string): string => join(peopleFolder(folder), `${id}.attempts.json`);

/** True when the person has a key here. The card is written last. */
export function hasPerson(folder: string, id: string): boolean {
  return personIdSchema.safeParse(id).success && existsSync(cardPath(folder, id)) && existsSync(keyPath(folder, id));
}

/**
 * Makes a key for a person, opened by the person's own password.
 * @param roles at least one
 * @param cost another one than in the field is for tests only
 * @throws ZodError when id, roles or password are not as they must be; Error when the person has a key already: the core
 *   knows that one, and would refuse what another has signed.
 */
export async function createPerson(
  folder: string,
  id: string,
  roles: readonly PersonRole[],
  password: string,
  cost?: KeyFileCost,
): Promise<PersonSession> {
  personIdSchema.parse(id);
  const session = { id, roles: rolesSchema.parse(roles), key: newSigningKeyPair() };
  passwordSchema.parse(password);
  if (hasPerson(folder, id)) throw new Error(`${id} has a key already; it is kept.`);
  await writePerson(folder, session, password, cost);
  const card: PersonCard = { id, roles: session.roles, signingKey: publicKeyOf(session.key) };
  await writeDurably(cardPath(folder, id), Buffer.from(`${JSON.stringify(card, null, 2)}\n`));
  return session;
}

/**
 * @throws EnrouteError ENR-STN-005 when there is no such person or the password is wrong: which of the two is not said.
 *   ENR-STN-007 while sign-in of this person is locked, with the time until which it is; ENR-STN-001 or -006 when the
 *   disk does not take the count of tries; ENR-WEB-002 when far too many sign in at once.
 */
export function signIn(folder: string, id: string, password: string, now: () => Date): Promise<PersonSession> {
  return inTurn(() => openPerson(folder, id, password, now));
}

/** @throws EnrouteError ENR-STN-013 or ENR-APR-002 when the person does not have the role. */
export function demandRole({ id, roles }: PersonSession, role: PersonRole): void {
  if (!roles.includes(role)) throw new EnrouteError(role === 'supervisor' ? 'ENR-APR-002' : 'ENR-STN-013', id);
}

/**
 * The key and the roles stay; the core need not be told. A crash leaves the one password or the other.
 * @throws what `signIn` throws; ZodError when the new password is too short.
 */
export async function changePassword(
  folder: string,
  id: string,
  password: string,
  newPassword: string,
  now: () => Date,
): Promise<void> {
  passwordSchema.parse(newPassword);
  await inTurn(async () => writePerson(folder, await openPerson(folder, id, password, now), newPassword));
}

/** The people of the station in the order of their ids. Cards are public, and not secured against whoever has the disk. */
export async function personCards(folder: string): Promise<PersonCard[]> {
  const names = await readdir(peopleFolder(folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const read = async (name: string): Promise<PersonCard> => {
    return personCardSchema.parse(JSON.parse(await readFile(join(peopleFolder(folder), name), 'utf8')));
  };
  return Promise.all(
    names
      .filter((name) => name.endsWith(CARD_SUFFIX))
      .sort()
      .map(read),
  );
}

async function openPerson(folder: string, id: string, password: string, now: () => Date): Promise<PersonSession> {
  if (!hasPerson(folder, id)) {
    await deriveInVain(password);
    throw new EnrouteError('ENR-STN-005');
  }
  await countAttempt(attemptsPath(folder, id), now());
  const person = personSchema.parse(await readKeyFile(keyPath(folder, id), password));
  // Someone else's file under this name: their password must not open this person's name.
  if (person.id !== id) throw new EnrouteError('ENR-STN-005');
  await forgetAttempts(attemptsPath(folder, id));
  return { id, roles: person.roles, key: person.signing };
}

async function writePerson(
  folder: string,
  { id, roles, key }: PersonSession,
  password: string,
  cost?: KeyFileCost,
): Promise<void> {
  const person: z.input<typeof personSchema> = { id, roles: [...roles], signing: keyPairToJson(key) };
  await writeKeyFile(keyPath(folder, id), password, person, cost);
}

let waiting = 0;
let turn: Promise<unknown> = Promise.resolve();

/** One sign-in at a time in a process, whoever's it is: no count is lost, and the memory of one derivation is taken. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (waiting >= MAX_WAITING) return Promise.reject(new EnrouteError('ENR-WEB-002', 'too many sign-ins at once'));
  waiting += 1;
  const done = turn.then(work).finally(() => {
    waiting -= 1;
  });
  turn = done.catch(() => undefined);
  return done;
}
