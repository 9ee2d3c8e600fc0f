/**
 * Who is a child by the record of the number that is given. Who has a number need not say again when they were born, and
 * whoever says something else than the record is not believed before somebody vouches for it.
 */
import { readMeta } from '@enroute/shared/packet/contents.ts';
import { type AgeGroup, ageGroup } from '@enroute/shared/policy/age.ts';
import type { CoreDatabases } from '../../databases.ts';
import { type IdentityDoc, openIdentity } from '../../identity/identity-records.ts';
import type { CoreKeys } from '../../keys.ts';
import type { Work } from '../stage.ts';
import { statedUin } from './stated-uin.ts';

/**
 * @param neededBy the ages at capture that need somebody who vouches
 * @returns the RIDs of those that are of such an age; a number that nobody has tells none
 * @throws StoreError
 */
export async function childrenByRecord(
  works: readonly Work[],
  neededBy: readonly AgeGroup[],
  { identities }: Pick<CoreDatabases, 'identities'>,
  { storage }: Pick<CoreKeys, 'storage'>,
): Promise<ReadonlySet<string>> {
  const uins = new Set(works.flatMap((work) => statedUin(work) ?? []));
  const docs = uins.size > 0 ? await identities.getMany<IdentityDoc>([...uins]) : [];
  const records = new Map(docs.map((doc) => [doc._id, openIdentity(doc, storage).identity]));
  const children = works.filter((work) => {
    const record = records.get(statedUin(work) ?? '');
    const group = record && ageGroup(record, readMeta(work.packets().packet).capturedAt);
    return group !== undefined && neededBy.includes(group);
  });
  return new Set(children.map(({ registration }) => registration._id));
}
