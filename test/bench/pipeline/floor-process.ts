/**
 * The least that a backlog can cost: its packets read, checked against their digests, decrypted and parsed in a plain loop,
 * and as many documents as the worker wrote, in bulk. Arguments: a place, a backlog, how many documents.
 */
import type { StoredRegistration } from '@enroute/core/databases.ts';
import { sealingKeyFor } from '@enroute/core/keys.ts';
import type { Doc } from '@enroute/core/store/store.ts';
import { readBiometricFacts, readIdentity, readMeta } from '@enroute/shared/packet/contents.ts';
import { openPacket } from '@enroute/shared/packet/open.ts';
import { backlogSchema, ridsOf } from '@enroute/test/simulation/backlog/backlog.ts';
import { openPlace, placeOfArguments } from '@enroute/test/simulation/backlog/place.ts';
import { pino } from 'pino';

interface FloorDoc extends Doc {
  readonly filler: string;
}

const AT_ONCE = 50;
const WRITTEN_AT_ONCE = 500;
/** About what a registration's documents have on average. */
const DOCUMENT_BYTES = 1_000;

const log = pino({ level: 'error' }, process.stderr);
const core = await openPlace(placeOfArguments(), log);
const rids = ridsOf(backlogSchema.parse(JSON.parse(process.argv[3] ?? '')));
const documents = Number(process.argv[4]);
const before = process.cpuUsage();

const opening = performance.now();
let parsed = 0;
for (let first = 0; first < rids.length; first += AT_ONCE) {
  const page = await core.databases.registrations.getMany<StoredRegistration>(rids.slice(first, first + AT_ONCE));
  const packets = await Promise.all(page.map(({ packet }) => core.vault.read(packet.digest)));
  for (const bytes of packets) {
    const { container } = openPacket(bytes, (keyId) => sealingKeyFor(core.keys, keyId));
    parsed += readMeta(container).rid.length + readBiometricFacts(container).length;
    parsed += Object.keys(readIdentity(container)).length;
  }
}
const openMs = performance.now() - opening;
if (parsed === 0) throw new Error('There was nothing to open.');

const database = await core.store.database('floor');
const run = Date.now();
const filler = 'x'.repeat(DOCUMENT_BYTES);
const writing = performance.now();
for (let first = 0; first < documents; first += WRITTEN_AT_ONCE) {
  const docs = Array.from(
    { length: Math.min(WRITTEN_AT_ONCE, documents - first) },
    (_, index): FloorDoc => ({ _id: `${run}:${first + index}`, filler }),
  );
  await database.write(docs);
}
const writeMs = performance.now() - writing;
const { user, system } = process.cpuUsage(before);
await core.close();
process.stdout.write(JSON.stringify({ openMs, writeMs, cpuMs: (user + system) / 1_000 }));
