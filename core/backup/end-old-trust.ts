/**
 * What of an old store must not come back to life with it: sessions that were ended since, sign-in links and invitations
 * that were used or withdrawn since. Whether one was, nobody knows any more, so all of them end; whoever still needs one
 * is given a new one. Suspensions, revocations, closed people and withdrawn services can't be known from here: an
 * administrator has to see to them.
 */
import type { CoreDatabases } from '../databases.ts';
import { EVERY_SESSION } from '../people/sessions.ts';
import { EVERY_LINK } from '../people/sign-in-links.ts';
import { withoutOpenInvitation } from '../stations/invitations.ts';
import { INVITED_ONLY } from '../stations/station-entry.ts';
import { EVERY_STATION, type StationRegister } from '../stations/station-register.ts';
import { pages } from '../store/pages.ts';
import { type Database, type Doc, StoreError } from '../store/store.ts';

/** Repeating it does no harm. @throws StoreError when not all of it could be ended */
export async function endOldTrust(
  { sessions, people, stations }: Pick<CoreDatabases, 'sessions' | 'people' | 'stations'>,
  register: Pick<StationRegister, 'change'>,
): Promise<void> {
  await removeAll(sessions, EVERY_SESSION);
  await removeAll(people, EVERY_LINK);
  for await (const page of pages<Doc>(stations, EVERY_STATION)) {
    for (const { _id } of page) await register.change(_id, (entry) => withoutOpenInvitation(entry ?? INVITED_ONLY));
  }
}

async function removeAll(database: Database, range: { readonly start: string; readonly end: string }): Promise<void> {
  for await (const page of pages<Doc>(database, range)) {
    const results = await database.write(page.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true })));
    const failed = results.find(({ ok }) => !ok);
    if (failed) throw new StoreError(`${database.name}: something could not be removed`, { transient: true });
  }
}
