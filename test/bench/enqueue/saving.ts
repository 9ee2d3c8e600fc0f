/** How fast enrolments are saved: runs the measurement on one disk, and makes numbers of the times. */
import { join } from 'node:path';
import { z } from 'zod';
import { resultOf } from '../child.ts';
import { median } from '../interleaved.ts';
import { atLeast, type Measurement } from '../measurement.ts';

const timesSchema = z.array(z.object({ subject: z.string(), ms: z.array(z.number()), bytes: z.array(z.number()) }));

export const savingSchema = z.object({
  input: z.string(),
  enrolment: timesSchema,
  durableStep: timesSchema,
});

/** Of the floor, and of PouchDB's attachments. */
const LEAST_OF_FLOOR = 0.7;
const LEAST_OF_ATTACHMENTS = 3;

export interface Disk {
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
}

export async function measureSaving(disk: Disk, repetitions: number): Promise<Measurement[]> {
  const saving = await resultOf({
    program: join(import.meta.dirname, 'saving-process.ts'),
    args: [String(repetitions)],
    env: disk.env,
    prints: savingSchema,
  });
  return [
    ...rates(`${saving.input}, ${disk.name}: enrol`, saving.enrolment, 'floor', LEAST_OF_FLOOR),
    ...rates(`${saving.input}, ${disk.name}: durable step`, saving.durableStep, 'attachments', LEAST_OF_ATTACHMENTS),
  ];
}

const MEGABYTE = 1e6;

/** Packets and megabytes a second of each, by the median time; ours beside the other's. */
function rates(
  circumstances: string,
  times: z.infer<typeof timesSchema>,
  baseline: string,
  least: number,
): Measurement[] {
  const rate = times.map(({ subject, ms, bytes }) => {
    const seconds = median(ms) / 1000;
    return { subject, packets: 1 / seconds, megabytes: median(bytes) / MEGABYTE / seconds };
  });
  const other = rate.find(({ subject }) => subject === baseline);
  return rate.flatMap(({ subject, packets, megabytes }) => {
    const judged = other && subject !== baseline;
    const ratio = judged ? { against: baseline, ratio: packets / other.packets } : {};
    const target = judged ? { target: atLeast(packets / other.packets, least) } : {};
    const bytesRatio = judged ? { against: baseline, ratio: megabytes / other.megabytes } : {};
    return [
      { case: circumstances, subject, metric: 'rate', value: packets, unit: 'packets/s', ...ratio, ...target },
      { case: circumstances, subject, metric: 'throughput', value: megabytes, unit: 'MB/s', ...bytesRatio },
    ];
  });
}
