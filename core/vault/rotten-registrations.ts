import type { StoredRegistration } from '../databases.ts';
import { EVERY_RID, pages } from '../store/pages.ts';
import type { Database } from '../store/store.ts';

/** Whose packets those are: RIDs by digest. One pass through all registrations, a page at a time. */
export async function registrationsOf(
  digests: ReadonlySet<string>,
  registrations: Database,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  if (digests.size === 0) return found;
  for await (const page of pages<StoredRegistration>(registrations, EVERY_RID)) {
    for (const { _id: rid, packet } of page) {
      if (digests.has(packet.digest)) found.set(packet.digest, [...(found.get(packet.digest) ?? []), rid]);
    }
  }
  return found;
}
