/** The identity record: the person behind a number, encrypted at rest. Its id is the number. */
import { encryptAtRest } from '@enroute/shared/crypto/at-rest.ts';
import type { Identity } from '@enroute/shared/enrolment/enrolment.ts';
import { type Database, type Doc, StoreError } from '../store/store.ts';

export interface IdentityRecord {
  readonly uin: string;
  /** The registration that created it. */
  readonly rid: string;
  readonly identity: Identity;
  /** Digests of the packets in the vault that hold the person's biometrics and documents. */
  readonly packets: readonly string[];
}

interface IdentityDoc extends Doc {
  readonly rid: string;
  readonly at: string;
  readonly sealed: string;
}

/** Creates the records that are not there yet. A repeated call changes nothing. */
export async function createIdentities(
  records: readonly IdentityRecord[],
  identities: Database,
  key: Uint8Array,
  now: Date,
): Promise<void> {
  const docs = records.map(({ uin, rid, identity, packets }): IdentityDoc => {
    const sealed = encryptAtRest({ identity, packets }, `identity:${uin}`, key);
    return { _id: uin, rid, at: now.toISOString(), sealed };
  });
  const results = await identities.write(docs);
  const present = results.flatMap((result) => (result.ok ? [] : [result.id]));
  const rids = new Map(docs.map((doc) => [doc._id, doc.rid]));
  const found = await identities.getMany<IdentityDoc>(present);
  const own = found.filter((doc) => doc.rid === rids.get(doc._id));
  if (own.length < present.length) throw new StoreError('an identity record could not be written', { transient: true });
}
