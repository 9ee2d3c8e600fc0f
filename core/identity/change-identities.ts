/**
 * Changes identity records: what a registration changes in one, it changes once. A record says which registrations have
 * acted on it, so the same act again is known by its RID. Of two that change one record at the same time, the second sees
 * what the first has made of it.
 */
import { encryptAtRest } from '@enroute/shared/crypto/at-rest.ts';
import type { Identity } from '@enroute/shared/enrolment/enrolment.ts';
import { type Database, type Stored, StoreError } from '../store/store.ts';
import {
  type IdentityAct,
  type IdentityContent,
  type IdentityDoc,
  type IdentityState,
  identityPlace,
  openIdentity,
  stateOf,
} from './identity-records.ts';

export interface IdentityChange {
  readonly uin: string;
  /** The registration that acts. */
  readonly rid: string;
  readonly act: IdentityAct;
  /** Of a `change`: fields that take the place of those of the record. */
  readonly fields?: Identity;
  /** Of a `change`: digests of packets with the person's latest biometrics and documents. */
  readonly packets?: readonly string[];
}

export type IdentityChanged =
  /** Now, or by an earlier call for the same registration. */
  | { readonly kind: 'done'; readonly content: IdentityContent }
  | { readonly kind: 'unknown' }
  /** A deactivated number is not changed. */
  | { readonly kind: 'deactivated' }
  /** Another registration has brought it into that state. */
  | { readonly kind: 'already' };

/** More than a person comes with in a life; the oldest go first. */
const MAX_ACTS = 64;
const MAX_EARLIER = 16;
const MAX_ROUNDS = 5;

/** What each act does to the state; `change` leaves it. */
const BECOMES: Readonly<Record<Exclude<IdentityAct, 'change'>, IdentityState>> = {
  activate: 'active',
  deactivate: 'deactivated',
};

/**
 * Several changes of one record are made in their order.
 * @returns what became of each, in order
 * @throws StoreError transient while others keep writing the same records; not transient when a record can't be opened or
 *   written at all
 */
export async function changeIdentities(
  changes: readonly IdentityChange[],
  identities: Database,
  key: Uint8Array,
  now: Date,
): Promise<IdentityChanged[]> {
  const results = new Map<IdentityChange, IdentityChanged>();
  let open = changes;
  for (let round = 0; open.length > 0; round += 1) {
    if (round === MAX_ROUNDS) throw new StoreError('identity records are contended', { transient: true });
    const stored = await identities.getMany<IdentityDoc>([...new Set(open.map(({ uin }) => uin))]);
    const docs = new Map(stored.map((doc) => [doc._id, doc]));
    const changed = new Set<string>();
    for (const change of open) {
      const doc = docs.get(change.uin);
      const { result, after } = doc ? apply(change, doc, key, now) : { result: { kind: 'unknown' } as const };
      results.set(change, result);
      if (!after) continue;
      docs.set(change.uin, after);
      changed.add(change.uin);
    }
    const lost = await write(
      [...changed].flatMap((uin) => docs.get(uin) ?? []),
      identities,
    );
    // Someone was faster with these: look again at what stands in them now.
    open = open.filter(({ uin }) => lost.has(uin));
  }
  return changes.flatMap((change) => results.get(change) ?? []);
}

async function write(docs: readonly Stored<IdentityDoc>[], identities: Database): Promise<ReadonlySet<string>> {
  const results = docs.length > 0 ? await identities.write(docs) : [];
  const lost = new Set<string>();
  for (const result of results) {
    if (result.ok) continue;
    if (result.reason === 'refused') throw new StoreError('an identity record was refused', { transient: false });
    lost.add(result.id);
  }
  return lost;
}

interface Applied {
  readonly result: IdentityChanged;
  /** Absent when there is nothing to be written. */
  readonly after?: Stored<IdentityDoc>;
}

function apply(change: IdentityChange, doc: Stored<IdentityDoc>, key: Uint8Array, now: Date): Applied {
  const { uin, rid, act } = change;
  const { acts = [] } = doc;
  const before = openIdentity(doc, key);
  if (acts.some((one) => one.rid === rid)) return { result: { kind: 'done', content: before } };
  const acted = { ...doc, acts: [...acts, { rid, at: now.toISOString(), act }].slice(-MAX_ACTS) };
  if (act !== 'change') {
    if (stateOf(doc) === BECOMES[act]) return { result: { kind: 'already' } };
    return { result: { kind: 'done', content: before }, after: { ...acted, state: BECOMES[act] } };
  }
  if (stateOf(doc) === 'deactivated') return { result: { kind: 'deactivated' } };
  const content: IdentityContent = {
    identity: { ...before.identity, ...change.fields },
    packets: [...new Set([...before.packets, ...(change.packets ?? [])])],
  };
  const earlier = [...(doc.earlier ?? []), { rid, sealed: doc.sealed }].slice(-MAX_EARLIER);
  const sealed = encryptAtRest(content, identityPlace(uin), key);
  return { result: { kind: 'done', content }, after: { ...acted, sealed, earlier } };
}
