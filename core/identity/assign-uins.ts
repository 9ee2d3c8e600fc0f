/**
 * Gives each registration its number, once, whatever crashes in between. Two documents make it so:
 *
 * - `rid:<rid>` says which number a registration has. It is written first, and only if there is none.
 * - `uin:<number>` says whose a number is. It is created, never replaced: the second to come finds it taken.
 *
 * A number is the registration's when both are there. A crash between them leaves the first, and the next try goes on
 * from it.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { type Database, type Doc, type Stored, StoreError } from '../store/store.ts';

export interface MappingDoc extends Doc {
  readonly uin: string;
}

interface UinDoc extends Doc {
  readonly rid: string;
  readonly at: string;
}

const uinId = (uin: string): string => `uin:${uin}`;

/** Where it stands which number a registration has. */
export function mappingId(rid: string): string {
  return `rid:${rid}`;
}

/** Numbers are drawn at random from millions: five that are all taken mean that the space is full. */
const MAX_ROUNDS = 5;

/**
 * @param draw a valid number, different every time
 * @returns each registration's number
 * @throws EnrouteError ENR-UIN-001 when no free number could be drawn.
 */
export async function assignUins(
  rids: readonly string[],
  uins: Database,
  draw: () => string,
  now: Date,
): Promise<ReadonlyMap<string, string>> {
  const assigned = new Map<string, string>();
  let mappings = await mapNumbers(rids, uins, draw);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const docs = mappings.map((mapping): UinDoc => {
      return { _id: uinId(mapping.uin), rid: ownerOf(mapping), at: now.toISOString() };
    });
    const results = await uins.write(docs);
    const taken = results.flatMap((result) => (result.ok ? [] : [result.id]));
    const owners = new Map((await uins.getMany<UinDoc>(taken)).map((doc) => [doc._id, doc.rid]));
    const lost: Stored<MappingDoc>[] = [];
    for (const [index, mapping] of mappings.entries()) {
      const owner = results[index]?.ok ? ownerOf(mapping) : owners.get(uinId(mapping.uin));
      if (owner === ownerOf(mapping)) assigned.set(owner, mapping.uin);
      else lost.push(mapping);
    }
    if (lost.length === 0) return assigned;
    mappings = await replaceNumbers(lost, uins, draw);
  }
  throw new EnrouteError('ENR-UIN-001');
}

/** The registration whose number it is. */
export function ownerOf(mapping: Doc): string {
  return mapping._id.slice(mappingId('').length);
}

async function mapNumbers(rids: readonly string[], uins: Database, draw: () => string): Promise<Stored<MappingDoc>[]> {
  const drawn = rids.map((rid): MappingDoc => ({ _id: mappingId(rid), uin: draw() }));
  const results = await uins.write(drawn);
  // Most have none yet: only those that had one, or have got one meanwhile, are read.
  const written = drawn.flatMap((doc, index) => (results[index]?.ok ? { ...doc, _rev: results[index].rev } : []));
  const known = await uins.getMany<MappingDoc>(results.flatMap((result) => (result.ok ? [] : [result.id])));
  // Nobody goes on without a number.
  if (written.length + known.length < rids.length) {
    throw new StoreError('a number could not be written', { transient: true });
  }
  return [...written, ...known];
}

/** Another registration has these numbers: draw others. Who writes the mapping meanwhile wins, and is read. */
async function replaceNumbers(
  mappings: readonly Stored<MappingDoc>[],
  uins: Database,
  draw: () => string,
): Promise<Stored<MappingDoc>[]> {
  await uins.write(mappings.map((mapping): MappingDoc => ({ ...mapping, uin: draw() })));
  return uins.getMany<MappingDoc>(mappings.map(({ _id }) => _id));
}

/** The numbers of those registrations that have one. */
export async function assignedUins(rids: readonly string[], uins: Database): Promise<ReadonlyMap<string, string>> {
  const docs = await uins.getMany<MappingDoc>(rids.map(mappingId));
  return new Map(docs.map((doc) => [ownerOf(doc), doc.uin]));
}
