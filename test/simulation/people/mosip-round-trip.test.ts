import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMosipSource } from '@enroute/edge-agent/import/mosip-source.ts';
import { mosipFromEnrolment } from '@enroute/shared/mosip/export.ts';
import { enrolmentFromMosip } from '@enroute/shared/mosip/import.ts';
import { mosipPacketZip } from '@enroute/shared/mosip/packet-zip.ts';
import { openContainer } from '@enroute/shared/packet/container.ts';
import { packEnrolment, readEnrolment } from '@enroute/shared/packet/contents.ts';
import { formatRid } from '@enroute/shared/rid/rid.ts';
import { expect, it } from 'vitest';
import { generatePeople } from './people.ts';

const now = new Date('2026-03-01T08:00:00.000Z');

it("people come back unchanged from our packet, MOSIP's layout in a zip, and the station's import", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-round-trip-'));
  for await (const { enrolment, station, index } of generatePeople({ seed: 11, count: 4, now, poorQualityEvery: 2 })) {
    const rid = formatRid(station, index + 1, now);
    const context = { rid, process: 'NEW', station, operator: 'amina' } as const;
    const unpacked = readEnrolment(openContainer(await packEnrolment(context, enrolment)));
    const about = { ...context, createdAt: now.toISOString() };
    const path = join(folder, `${rid}.zip`);
    await writeFile(path, await mosipPacketZip(mosipFromEnrolment(unpacked, about), about));
    const back = enrolmentFromMosip(await readMosipSource(path), { strict: true });
    expect(back).toEqual({ enrolment, process: 'NEW', sourceRid: rid, officerId: 'amina', findings: [] });
  }
  await rm(folder, { recursive: true });
});
