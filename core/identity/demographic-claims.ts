/**
 * Demographic de-duplication: each key of a person's demographics belongs to the registration that claimed it first. A
 * claim is one document under the key's own id, so of two registrations that run at the same time exactly one gets it,
 * and the other one sees it.
 *
 * The keys of a person are claimed one after the other in the order of the keys themselves, and only up to the first
 * that is taken: whoever holds a key was refused, if at all, for a higher one, so of several registrations of one person
 * that each hold a part they can't all be refused.
 */
import type { StoredRegistration } from '../databases.ts';
import { type Database, type Doc, type Stored, StoreError } from '../store/store.ts';

export interface DemographicClaim {
  readonly rid: string;
  /** In any order. */
  readonly keys: readonly string[];
}

interface ClaimDoc extends Doc {
  /** The registration that holds the key. */
  readonly rid: string;
}

const MAX_ROUNDS = 5;

/** Which registration holds each of these keys, where one does, whatever has become of it. */
export async function claimants(keys: readonly string[], dedupe: Database): Promise<ReadonlyMap<string, string>> {
  const docs = await dedupe.getMany<ClaimDoc>([...new Set(keys)]);
  return new Map(docs.map(({ _id, rid }) => [_id, rid]));
}

/** @returns for each claimant that was refused, the RID that holds a key of its. A repeated claim changes nothing. */
export async function claimDemographics(
  claims: readonly DemographicClaim[],
  dedupe: Database,
  registrations: Database,
): Promise<ReadonlyMap<string, string>> {
  const refused = new Map<string, string>();
  const sorted = claims.map(({ rid, keys }) => ({ rid, keys: [...keys].sort() }));
  const longest = Math.max(0, ...claims.map(({ keys }) => keys.length));
  for (let place = 0; place < longest; place += 1) {
    const wanted = sorted.flatMap(({ rid, keys }) => {
      const key = keys[place];
      return key === undefined || refused.has(rid) ? [] : [{ rid, key }];
    });
    for (const [rid, holder] of await claimKeys(wanted, dedupe, registrations)) refused.set(rid, holder);
  }
  return refused;
}

async function claimKeys(
  wanted: readonly { readonly rid: string; readonly key: string }[],
  dedupe: Database,
  registrations: Database,
): Promise<Map<string, string>> {
  const refused = new Map<string, string>();
  let open = [...wanted];
  for (let round = 0; open.length > 0; round += 1) {
    if (round === MAX_ROUNDS) throw new StoreError('demographic claims are contended', { transient: true });
    // Most are free: who holds one is looked up only after it was refused.
    const held: Holders = round === 0 ? new Map() : await holders(open, dedupe, registrations);
    const writes = new Map<string, ClaimDoc>();
    const undecided: typeof open = [];
    for (const claim of open) {
      const holder = held.get(claim.key);
      const rival = writes.get(claim.key)?.rid ?? (holder?.gaveUp ? undefined : holder?.doc.rid);
      if (rival === claim.rid) continue;
      if (rival !== undefined) {
        refused.set(claim.rid, rival);
        continue;
      }
      writes.set(claim.key, { _id: claim.key, rid: claim.rid, ...(holder ? { _rev: holder.doc._rev } : {}) });
      undecided.push(claim);
    }
    const results = await dedupe.write([...writes.values()]);
    const lost = new Set(results.flatMap((result) => (result.ok ? [] : [result.id])));
    // Someone was faster for these: look again at who holds them now.
    open = undecided.filter(({ key }) => lost.has(key));
  }
  return refused;
}

type Holders = Map<string, { readonly doc: Stored<ClaimDoc>; readonly gaveUp: boolean }>;

/** Who holds each key, and whether that registration came to nothing, so that its claim is free. */
async function holders(
  wanted: readonly { readonly key: string }[],
  dedupe: Database,
  registrations: Database,
): Promise<Holders> {
  const docs = await dedupe.getMany<ClaimDoc>([...new Set(wanted.map(({ key }) => key))]);
  const rids = [...new Set(docs.map(({ rid }) => rid))];
  const gaveUp = new Set(
    (await registrations.getMany<StoredRegistration>(rids))
      .filter(({ verdict }) => verdict !== undefined && verdict.state !== 'COMPLETED')
      .map(({ _id }) => _id),
  );
  return new Map(docs.map((doc) => [doc._id, { doc, gaveUp: gaveUp.has(doc.rid) }]));
}
