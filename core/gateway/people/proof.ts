/** What people show to prove that it is they, and how they are told that it was not enough. */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import { MAX_PASSWORD_CHARACTERS } from '../../people/password-rules.ts';
import type { People } from '../../people/people.ts';
import { SignInRefusal } from '../../people/sign-in-refusal.ts';
import { countedAddress } from '../door/counted-address.ts';
import { RefusalWithHeaders } from '../door/refuse.ts';
import type { Asked } from '../route.ts';

export const passwordSchema = z.string().max(MAX_PASSWORD_CHARACTERS);
export const codeSchema = z.string().max(16);

/** Of whoever sits there, once more: a session that somebody has found is not enough for everything. */
export const proofSchema = z.strictObject({ password: passwordSchema, code: codeSchema.optional() });
type Proof = z.infer<typeof proofSchema>;

/** @throws EnrouteError ENR-PPL-015 for a service; SignInRefusal and RefusalWithHeaders as `People.prove` does. */
export function requireProof(people: Pick<People, 'prove'>, asked: Asked, { password, code }: Proof): Promise<void> {
  return refusing(people.prove(personOf(asked), password, code, networkOf(asked)));
}

/** @throws EnrouteError ENR-PPL-015 for a service, which has nothing of the kind. */
export function personOf({ actor }: Asked): string {
  if (actor?.kind !== 'person') throw new EnrouteError('ENR-PPL-015');
  return actor.id;
}

/** From where somebody tries, for the lock. */
export function networkOf({ address }: Asked): string {
  return countedAddress(address);
}

export async function refusing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw refusalOf(error);
  }
}

/** Who is locked out is told for how long. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof SignInRefusal) || error.facts.retryAfterSeconds === undefined) return error;
  return new RefusalWithHeaders(error.code, { 'Retry-After': String(error.facts.retryAfterSeconds) });
}
