/** Signing in: with a password and what else is asked for, or with a one-time link. */
import { type FamiliarNetworks, withFamiliar } from './familiar-networks.ts';
import type { PasswordHashes } from './password-hash.ts';
import type { PersonRecord, PersonRecords } from './person-records.ts';
import type { SecondFactors } from './second-factor.ts';
import type { Sessions } from './sessions.ts';
import type { SignInLinks } from './sign-in-links.ts';
import { SignInRefusal } from './sign-in-refusal.ts';
import type { SignInTries, TriedAs } from './sign-in-tries.ts';

export interface SignInParts {
  readonly records: PersonRecords;
  readonly tries: SignInTries;
  readonly hashes: PasswordHashes;
  readonly factors: SecondFactors;
  readonly sessions: Sessions;
  readonly links: SignInLinks;
  readonly networks: FamiliarNetworks;
  readonly now: () => Date;
}

export interface Credentials {
  readonly id: string;
  readonly password: string;
  readonly code?: string | undefined;
  /** From where, as the gateway counts addresses; whoever says nothing is a stranger. */
  readonly network?: string | undefined;
}

export interface SignedIn {
  /** Of a session that has just begun. */
  readonly token: string;
  readonly record: PersonRecord;
}

/**
 * The same steps in the same order for everybody, so that neither answer nor time tells who exists: a place, a counted
 * try, a derivation. What was right is forgotten of the tries only when all of it was right; or else whoever has a
 * password could try codes without end.
 * @throws SignInRefusal ENR-PPL-001, -002, -003; EnrouteError ENR-PPL-007.
 */
export function signIn(parts: SignInParts, { id: typed, password, code, network }: Credentials): Promise<SignedIn> {
  const { records, tries, hashes } = parts;
  const id = typed.trim().toLowerCase();
  return hashes.withPlace(async (place) => {
    const record = await records.get(id);
    const as = triedAs(parts, id, record, network);
    await tries.count(as);
    const right = await place.isRight(password, record?.password);
    if (!record || !right) throw new SignInRefusal('ENR-PPL-001', { person: record?.id });
    const entered = await enter(parts, record, network, (present) => withCodeSpent(parts.factors, present, code));
    await tries.forget(as);
    return entered;
  });
}

/** @throws SignInRefusal ENR-PPL-006 when the link is no good any more. */
export async function signInByLink(parts: SignInParts, link: string, network?: string): Promise<SignedIn> {
  const { person, generation } = await parts.links.use(link);
  const record = await parts.records.get(person);
  if (record?.generation !== generation || record.state !== 'active')
    throw new SignInRefusal('ENR-PPL-006', { person });
  return enter(parts, record, network, (present) => present);
}

/** As whom somebody tries who says that they are this person. */
export function triedAs(
  { networks }: Pick<SignInParts, 'networks'>,
  id: string,
  record: PersonRecord | undefined,
  network: string | undefined,
): TriedAs {
  const key = networks.keyOf(id, network);
  const familiar = record?.familiar?.find((known) => known === key);
  return { id, exists: record !== undefined, familiar };
}

/** A code is spent in the person's own document: on whichever gateway it is shown again, it was used. */
export function withCodeSpent(factors: SecondFactors, record: PersonRecord, code: string | undefined): PersonRecord {
  const { id, secondFactor } = record;
  if (!secondFactor) return record;
  const step = factors.stepOf(id, secondFactor.box, code, secondFactor.lastStep);
  if (step === undefined) throw new SignInRefusal('ENR-PPL-002', { person: id });
  return { ...record, secondFactor: { ...secondFactor, lastStep: step } };
}

/** @param proved what else must be right of the person as they are now; it throws where it is not. */
async function enter(
  { records, sessions, networks, now }: SignInParts,
  { id, generation }: PersonRecord,
  network: string | undefined,
  proved: (present: PersonRecord) => PersonRecord,
): Promise<SignedIn> {
  const record = await records.change(id, (present) => {
    // Closed, or given another password, while this one was being looked at.
    if (present.state !== 'active' || present.generation !== generation)
      throw new SignInRefusal('ENR-PPL-001', { person: id });
    const familiar = withFamiliar(present.familiar, networks.keyOf(id, network));
    return { ...proved(present), familiar, lastSignIn: now().toISOString() };
  });
  return { record, token: await sessions.begin(id, generation) };
}
