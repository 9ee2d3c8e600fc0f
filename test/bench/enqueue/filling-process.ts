/** Makes a station that holds so many packets. Arguments: the folder, and how many. Prints when it is done. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeStored } from '@enroute/edge-agent/queue/stored-packet.ts';
import { sealPacket } from '@enroute/shared/packet/seal.ts';
import { formatRid } from '@enroute/shared/rid/rid.ts';
import { signManifest } from '@enroute/shared/schemas/manifest.ts';
import { makeStation, openUnderTest, STATION, type StationUnderTest } from '../../durability/station-under-test.ts';

const [folder = '', count = '0'] = process.argv.slice(2);
const BEGIN = Date.parse('2026-03-01T10:00:00.000Z');
/** Rows in one transaction. */
const PAGE = 500;
const CONTAINER = new Uint8Array(64).fill(1);

/** A row as the queue keeps it, and its packet: small, because only rows are held in memory, if anything is. */
function packetOf({ station, operator }: StationUnderTest, sequence: number) {
  const at = new Date(BEGIN + sequence * 1000);
  const rid = formatRid(STATION, sequence, at);
  const reader = station.core.sealingKey;
  const { bytes, digest } = sealPacket({ rid, process: 'NEW', sealedAt: at, reader, container: CONTAINER });
  const createdAt = at.toISOString();
  const manifest = signManifest(
    {
      v: 1,
      rid,
      process: 'NEW',
      station: STATION,
      operator: operator.id,
      createdAt,
      packet: { digest, bytes: bytes.byteLength, keyId: reader.keyId },
      priority: 'normal',
    },
    [
      { role: 'station', signer: STATION, key: station.identity.signing },
      { role: 'operator', signer: operator.id, key: operator.key },
    ],
  );
  const row = { rid, state: 'SEALED', manifest, savedAt: createdAt, changedAt: createdAt } as const;
  return { row, stored: encodeStored({ manifest, packet: bytes }) };
}

await makeStation(folder);
const filling = await openUnderTest(folder, new Date(BEGIN));
const { database, files } = filling.station;
for (let from = 1; from <= Number(count); from += PAGE) {
  const to = Math.min(from + PAGE - 1, Number(count));
  const page = Array.from({ length: to - from + 1 }, (_, index) => packetOf(filling, from + index));
  for (const { row, stored } of page) await writeFile(join(files.folder, `${row.rid}.enrs`), stored);
  const { error } = await database.queue.bulkInsert(page.map(({ row }) => row));
  if (error.length > 0) throw new Error(`${error.length} rows were refused.`);
}
await filling.close();
process.stdout.write(JSON.stringify({ count: Number(count) }));
