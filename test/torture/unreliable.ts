/** A store that fails now and then, before or after it has done what it was asked: nobody can tell which it was. */
import type { CoreDatabases } from '@enroute/core/databases.ts';
import { type Database, StoreError } from '@enroute/core/store/store.ts';
import type { Rng } from '../simulation/people/rng.ts';

/** One call in so many fails. */
const FAILS_ONE_IN = 200;

/** Of the databases in which stages have their effects, and of registrations; leases are tried by other tests. */
export function unreliable(databases: CoreDatabases, random: Rng): CoreDatabases {
  const { registrations, dedupe, uins, identities, events, timers } = databases;
  const shaky = (database: Database): Database => shakyDatabase(database, random);
  return {
    ...databases,
    registrations: shaky(registrations),
    dedupe: shaky(dedupe),
    uins: shaky(uins),
    identities: shaky(identities),
    events: shaky(events),
    timers: shaky(timers),
    channel: async (station) => shaky(await databases.channel(station)),
  };
}

function shakyDatabase(database: Database, random: Rng): Database {
  const maybe = async <T>(call: () => Promise<T>): Promise<T> => {
    const fails = random.below(FAILS_ONE_IN) === 0;
    if (fails && random.below(2) === 0) throw lost();
    const answer = await call();
    if (fails) throw lost();
    return answer;
  };
  return {
    name: database.name,
    get: (id) => maybe(() => database.get(id)),
    getMany: (ids) => maybe(() => database.getMany(ids)),
    range: (query) => maybe(() => database.range(query)),
    write: (docs) => maybe(() => database.write(docs)),
    changes: (query) => maybe(() => database.changes(query)),
    pending: (since) => database.pending(since),
    writeWithBytes: (doc, bytes) => maybe(() => database.writeWithBytes(doc, bytes)),
    bytesOf: (id) => maybe(() => database.bytesOf(id)),
    info: () => database.info(),
  };
}

function lost(): StoreError {
  return new StoreError('the answer was lost', { transient: true });
}
