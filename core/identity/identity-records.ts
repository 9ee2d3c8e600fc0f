/**
 * The identity record: the person behind a number, encrypted at rest. Its id is the number.
 *
 * ```
 * active        the number counts                     from its creation
 * deactivated   it does not, and nothing is changed   by DEACTIVATE; ACTIVATE makes it active again
 * ```
 * What stood in it before a change is kept, for as many changes as a person comes with in a life; so is which registration
 * has done what, by which a change that is repeated is known.
 */
import { decryptAtRest, encryptAtRest } from '@enroute/shared/crypto/at-rest.ts';
import type { Identity } from '@enroute/shared/enrolment/enrolment.ts';
import { identitySchema } from '@enroute/shared/packet/contents.ts';
import { digestSchema } from '@enroute/shared/schemas/common.ts';
import { z } from 'zod';
import { type Database, type Doc, type Stored, StoreError } from '../store/store.ts';

export type IdentityState = 'active' | 'deactivated';

export type IdentityAct = 'change' | 'activate' | 'deactivate';

/** What is sealed. */
export interface IdentityContent {
  readonly identity: Identity;
  /** Digests of the packets in the vault that hold the person's biometrics and documents, oldest first. */
  readonly packets: readonly string[];
}

export interface IdentityRecord extends IdentityContent {
  readonly uin: string;
  /** The registration that created it. */
  readonly rid: string;
}

export interface IdentityDoc extends Doc {
  readonly rid: string;
  readonly at: string;
  /** Absent: active. */
  readonly state?: IdentityState;
  readonly sealed: string;
  /** What was done to it since it was created, oldest first. */
  readonly acts?: readonly { readonly rid: string; readonly at: string; readonly act: IdentityAct }[];
  /** What stood in it before, oldest first; `rid`: by which registration it was replaced. */
  readonly earlier?: readonly { readonly rid: string; readonly sealed: string }[];
}

const contentSchema = z.object({ identity: identitySchema, packets: z.array(digestSchema) });

/** Where a record stands, for its seal. */
export function identityPlace(uin: string): string {
  return `identity:${uin}`;
}

/** Creates the records that are not there yet. A repeated call changes nothing. */
export async function createIdentities(
  records: readonly IdentityRecord[],
  identities: Database,
  key: Uint8Array,
  now: Date,
): Promise<void> {
  const docs = records.map(({ uin, rid, identity, packets }): IdentityDoc => {
    const sealed = encryptAtRest({ identity, packets }, identityPlace(uin), key);
    return { _id: uin, rid, at: now.toISOString(), sealed };
  });
  const results = await identities.write(docs);
  const present = results.flatMap((result) => (result.ok ? [] : [result.id]));
  const rids = new Map(docs.map((doc) => [doc._id, doc.rid]));
  const found = await identities.getMany<IdentityDoc>(present);
  const own = found.filter((doc) => doc.rid === rids.get(doc._id));
  if (own.length < present.length) throw new StoreError('an identity record could not be written', { transient: true });
}

/** The states of those numbers that belong to somebody. */
export async function identityStates(
  uins: readonly string[],
  identities: Database,
): Promise<ReadonlyMap<string, IdentityState>> {
  const docs = await identities.getMany<IdentityDoc>([...new Set(uins)]);
  return new Map(docs.map((doc) => [doc._id, stateOf(doc)]));
}

/** What stands in a record. @throws StoreError not transient when it can't be opened */
export function openIdentity({ _id, sealed }: Stored<IdentityDoc>, key: Uint8Array): IdentityContent {
  const content = contentSchema.safeParse(decryptAtRest(sealed, identityPlace(_id), key));
  // The number is the person's: it is not told.
  if (!content.success) throw new StoreError('an identity record can not be opened', { transient: false });
  return content.data;
}

/** Those of the registrations that have done something to the record of their number. @param uins by RID */
export async function actedOn(uins: ReadonlyMap<string, string>, identities: Database): Promise<ReadonlySet<string>> {
  if (uins.size === 0) return new Set();
  const docs = await identities.getMany<IdentityDoc>([...new Set(uins.values())]);
  const actors = new Map(docs.map(({ _id, acts = [] }) => [_id, new Set(acts.map(({ rid }) => rid))]));
  return new Set([...uins].flatMap(([rid, uin]) => (actors.get(uin)?.has(rid) ? [rid] : [])));
}

export function stateOf({ state = 'active' }: Pick<Stored<IdentityDoc>, 'state'>): IdentityState {
  return state;
}
