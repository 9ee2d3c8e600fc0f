/**
 * One run of "enqueue" in a process of its own, on the disk that its environment gives it: the station's enrolment beside
 * the floor, and the durable step alone beside PouchDB's attachments. Argument: the repetitions. Prints JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealForCore } from '@enroute/edge-agent/desk/seal-enrolment.ts';
import { packEnrolment } from '@enroute/shared/packet/contents.ts';
import { formatRid } from '@enroute/shared/rid/rid.ts';
import type { z } from 'zod';
import { makeStation, openUnderTest, STATION, type StationUnderTest } from '../../durability/station-under-test.ts';
import { type Subject, type Times, timeInterleaved, WARM_UP } from '../interleaved.ts';
import { attachments, fileAndRow, type Sealed } from './durable-step.ts';
import { openFloor } from './floor.ts';
import { type Input, readInput } from './input.ts';
import type { savingSchema } from './saving.ts';

const NOW = new Date('2026-03-01T10:00:00.000Z');

/** Everything lies in folders of its own, and on the same disk. */
async function stationIn(folder: string): Promise<StationUnderTest> {
  await makeStation(folder);
  return openUnderTest(folder, NOW);
}

async function measureEnrolment(folder: string, { enrolment }: Input, repetitions: number): Promise<Times[]> {
  const { operator, enrol, close } = await stationIn(join(folder, 'station'));
  await mkdir(join(folder, 'floor'));
  const rid = formatRid(STATION, 1, NOW);
  const container = await packEnrolment({ rid, process: 'NEW', station: STATION, operator: operator.id }, enrolment);
  const floor = openFloor(join(folder, 'floor'), container);
  const enroute: Subject = { name: 'enroute', once: async () => (await enrol(enrolment)).bytes };
  const times = await timeInterleaved([enroute, floor], repetitions);
  floor.close();
  await close();
  return times;
}

async function measureDurableStep(folder: string, { enrolment }: Input, repetitions: number): Promise<Times[]> {
  const { station, operator, close } = await stationIn(join(folder, 'step'));
  const request = { enrolment, process: 'NEW', operator, priority: 'normal' } as const;
  const packets: Sealed[] = [];
  for (let sequence = 1; sequence <= repetitions + WARM_UP; sequence += 1) {
    packets.push(await sealForCore(formatRid(STATION, sequence, NOW), request, NOW, station));
  }
  const pouch = await attachments(folder, packets);
  const times = await timeInterleaved([fileAndRow(station.files, station.packets, packets), pouch], repetitions);
  await pouch.close();
  await close();
  return times;
}

const repetitions = Number(process.argv[2]);
const folder = mkdtempSync(join(tmpdir(), 'enroute-bench-'));
try {
  const input = await readInput(NOW);
  const saving: z.input<typeof savingSchema> = {
    input: input.name,
    enrolment: await measureEnrolment(folder, input, repetitions),
    durableStep: await measureDurableStep(folder, input, repetitions),
  };
  process.stdout.write(JSON.stringify(saving));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
