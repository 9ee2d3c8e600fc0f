/**
 * Notes for registrations which existing number they are about: a lost one that was found, or one that was changed. Who was
 * decided on first can be another than who is decided on after a restart: as long as nothing was done to the first one's
 * record, the number that is decided on now takes its place.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { CoreDatabases } from '../databases.ts';
import { StoreError } from '../store/store.ts';
import { type MappingDoc, mappingId, ownerOf } from './assign-uins.ts';
import { actedOn } from './identity-records.ts';

const MAX_ROUNDS = 3;

/**
 * @param links numbers by RID
 * @throws EnrouteError ENR-IDN-005 when a registration has changed the record of another number already
 * @throws StoreError transient when one could not be written
 */
export async function linkUins(
  links: ReadonlyMap<string, string>,
  { uins, identities }: Pick<CoreDatabases, 'uins' | 'identities'>,
): Promise<void> {
  let open: readonly MappingDoc[] = [...links].map(([rid, uin]) => ({ _id: mappingId(rid), uin }));
  for (let round = 0; open.length > 0; round += 1) {
    if (round === MAX_ROUNDS) throw new StoreError('a number could not be written', { transient: true });
    const results = await uins.write(open);
    const lost = open.filter((_, nth) => !results[nth]?.ok);
    if (lost.length === 0) return;
    const present = await uins.getMany<MappingDoc>(lost.map(({ _id }) => _id));
    const others = present.filter((doc) => links.get(ownerOf(doc)) !== doc.uin);
    const earlier = new Map(others.map((doc) => [ownerOf(doc), doc.uin]));
    if ((await actedOn(earlier, identities)).size > 0) throw new EnrouteError('ENR-IDN-005');
    const same = new Set(present.filter((doc) => !others.includes(doc)).map(({ _id }) => _id));
    const revisions = new Map(others.map(({ _id, _rev }) => [_id, _rev]));
    open = lost.filter(({ _id }) => !same.has(_id)).map((doc) => ({ ...doc, _rev: revisions.get(doc._id) }));
  }
}
