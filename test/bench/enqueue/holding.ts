/** What it costs a station to hold many packets: memory, and time to open. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { resultOf } from '../child.ts';
import { median } from '../interleaved.ts';
import type { Measurement } from '../measurement.ts';

const openedSchema = z.object({
  packets: z.int(),
  openMs: z.number(),
  rssBytes: z.number(),
  heapBytes: z.number(),
});
type Opened = z.infer<typeof openedSchema>;

const program = (name: string): string => join(import.meta.dirname, name);

const MANY = 10_000;
const FEW = 10;
/**
 * "Flat": what so many packets more may add to the process, which is what Node keeps of the pages that it went through
 * once. The heap, where anything that is held per packet would show, stands beside it.
 */
const MOST_MORE_BYTES = 20 * 1024 * 1024;
const MOST_MORE_MS = 1_500;

/** @param repetitions openings of each, in turn. */
export async function measureHolding(repetitions: number): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), 'enroute-bench-'));
  try {
    const counts = [0, FEW, MANY];
    const opened = new Map<number, Opened[]>(counts.map((count) => [count, []]));
    for (const count of counts) {
      const args = [join(folder, String(count)), String(count)];
      await resultOf({ program: program('filling-process.ts'), args, prints: z.object({ count: z.literal(count) }) });
    }
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      for (const count of counts) opened.get(count)?.push(await open(join(folder, String(count)), count));
    }
    return [
      ...compared('memory after opening', 'MB', FEW, opened, ({ rssBytes }) => rssBytes / 1e6, MOST_MORE_BYTES / 1e6),
      ...compared('heap after opening', 'MB', FEW, opened, ({ heapBytes }) => heapBytes / 1e6),
      ...compared('time to open', 'ms', 0, opened, ({ openMs }) => openMs, MOST_MORE_MS),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function open(folder: string, count: number): Promise<Opened> {
  const opened = await resultOf({ program: program('opening-process.ts'), args: [folder], prints: openedSchema });
  if (opened.packets !== count) throw new Error(`The station holds ${opened.packets} packets, and not ${count}.`);
  return opened;
}

/** @param mostMore what the station with many may need more than the other. */
function compared(
  metric: string,
  unit: string,
  baseline: number,
  opened: ReadonlyMap<number, readonly Opened[]>,
  numberOf: (opened: Opened) => number,
  mostMore?: number,
): Measurement[] {
  const of = (count: number): number => median((opened.get(count) ?? []).map(numberOf));
  const circumstances = 'small packets queued';
  const [less, more] = [of(baseline), of(MANY)];
  const target = mostMore === undefined ? {} : { target: atMostMore(more - less, mostMore, unit) };
  const against = `${baseline} packets`;
  return [
    { case: circumstances, subject: against, metric, value: less, unit },
    {
      case: circumstances,
      subject: `${MANY} packets`,
      metric,
      value: more,
      unit,
      against,
      ratio: more / less,
      ...target,
    },
  ];
}

function atMostMore(more: number, most: number, unit: string): Measurement['target'] & object {
  return { text: `≤ ${Math.round(most)} ${unit} more`, met: more <= most };
}
