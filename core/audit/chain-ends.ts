/**
 * Where each chain ends, as far as no other chain has named that end yet. A new writer names these in its first entry
 * and takes them out of the list; a writer that goes on puts its own end in again. So the list stays short however many
 * writers there have been, and every end that was confirmed is under the signature of a successor, or is in the list.
 *
 * The list is a help for finding, not a proof: who can take out entries can change it. What they can't change is what the
 * successors have signed.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { type Database, type Doc, MAX_BATCH, type Stored } from '../store/store.ts';
import { type Head, headSchema } from './entry.ts';

const PREFIX = 'head:';
/** Each round is lost to a successor that has just taken the end out of the list: that does not happen often. */
const MAX_ROUNDS = 10;

interface EndDoc extends Doc {
  readonly head: unknown;
}

export interface ChainEnd {
  /** Undefined when it can't be read. */
  readonly head: Head | undefined;
  readonly stored: Stored<Doc>;
}

/** At most a thousand; the rest is for the next who asks. */
export async function readChainEnds(database: Database): Promise<ChainEnd[]> {
  const docs = await database.range<EndDoc>({ start: PREFIX, end: 'head;', limit: MAX_BATCH });
  return docs.map((stored) => ({ head: headSchema.safeParse(stored.head).data, stored }));
}

/** Puts a writer's end into the list, in place of its earlier one. */
export async function putChainEnd(database: Database, head: Head): Promise<void> {
  const _id = `${PREFIX}${head.writer}`;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const before = await database.get<EndDoc>(_id);
    const [result] = await database.write([{ _id, ...(before && { _rev: before._rev }), head } as EndDoc]);
    if (result?.ok) return;
  }
  throw new EnrouteError('ENR-AUD-001', 'the end of the chain can not be noted');
}

/** Takes ends out of the list that are named elsewhere now. One that has moved on meanwhile stays. */
export async function removeChainEnds(database: Database, ends: readonly ChainEnd[]): Promise<void> {
  await database.write(ends.map(({ stored: { _id, _rev } }) => ({ _id, _rev, _deleted: true })));
}
