/** Packets over a bad link: how long it takes and what it costs, beside the least that it could. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, BenchOptions, Measurement } from '../measurement.ts';
import { CASES, CLEAN, EVERY_MINUTE, type LinkCase, PACKET_BYTES, PACKETS, SEEDS } from './cases.ts';
import { measureControl } from './control.ts';
import { measurementsOf } from './judge.ts';
import { measureThroughNetem } from './netem.ts';
import { canHaveOwnLoopback, isOnOwnLoopback, runOnOwnLoopback } from './own-loopback.ts';
import { type PreparedCountry, prepareCountry } from './prepared-country.ts';
import {
  ATTACHMENTS,
  ATTACHMENTS_BATCH_1,
  CHUNKS,
  enroute,
  enrouteOverTls,
  SINGLE_REQUEST,
  type TransferSubject,
} from './subjects.ts';
import { measureTransfer, type Transfer, type TransferRun } from './transfer.ts';

/**
 * So much faster than in the field. A millisecond that the processor needs counts as so many: fewest where the last per
 * cent is judged, more where it is not, or where somebody misses by far and takes long.
 */
const COMPRESSION = { judged: 4, ours: 10, theirs: 25, quick: 25 } as const;
/** A transfer needs the processor for a small part of its time. */
const SIDE_BY_SIDE = availableParallelism() + 1;

export const linkBench: Bench = {
  name: 'link',
  description: 'brings packets over a link of 64 kbit/s that is cut, beside PouchDB and a plain upload',
  canNetem: true,
  run,
};

async function* run(options: BenchOptions): AsyncGenerator<Measurement> {
  if (options.netem) yield* measureThroughNetem(options);
  else if (isOnOwnLoopback()) yield* measure(options);
  else if (!process.env.COUCHDB_URL && canHaveOwnLoopback()) yield* runOnOwnLoopback();
  else {
    options.say("this machine's loopback is used as it is: what is given up goes on for a while from its buffers");
    yield* measure(options);
  }
}

async function* measure(options: BenchOptions): AsyncGenerator<Measurement> {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-bench-country-'));
  try {
    const country = await prepareCountry(folder, { packets: PACKETS, packetBytes: PACKET_BYTES });
    // Quick is all at once: its numbers are coarse as it is.
    const measured = options.quick
      ? (await Promise.all([transfers(country, options), measureControl()])).flat()
      : [...(await transfers(country, options)), ...(await measureControl())];
    yield* measured;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function transfers(country: PreparedCountry, { quick, say }: BenchOptions): Promise<Measurement[]> {
  const ours = enroute(country);
  const theirs = quick ? [CHUNKS] : [enrouteOverTls(country), ATTACHMENTS, ATTACHMENTS_BATCH_1, CHUNKS, SINGLE_REQUEST];
  const cases = quick ? [CLEAN, EVERY_MINUTE] : CASES;
  const runs = cases.flatMap((linkCase) => runsOf(linkCase, [ours, ...theirs], quick));
  const done = new Map<TransferRun, Transfer>();
  await sideBySide(runs, quick ? runs.length : SIDE_BY_SIDE, async (one) => {
    const transfer = await measureTransfer(one);
    done.set(one, transfer);
    say(`${done.size} of ${runs.length}: ${lineOf(one, transfer)}`);
  });
  return cases.flatMap((linkCase) =>
    [ours, ...theirs].flatMap((subject) => {
      const its = runs.filter((one) => one.linkCase === linkCase && one.subject === subject);
      const transfersOfIt = its.flatMap((one) => done.get(one) ?? []);
      if (transfersOfIt.length === 0) return [];
      // So fast, the processor's share alone can be the last per cent.
      const isJudged = subject === ours && !quick;
      return measurementsOf({ linkCase, subject: subject.name, isJudged, transfers: transfersOfIt });
    }),
  );
}

/** Subject by subject within a seed, so that whatever else the machine does meets them alike. */
function runsOf(linkCase: LinkCase, subjects: readonly TransferSubject[], quick: boolean): TransferRun[] {
  const measured = linkCase.isForEnrouteOnly ? subjects.slice(0, 1) : subjects;
  return SEEDS.slice(0, quick ? 1 : undefined).flatMap((seed) =>
    measured.map((subject, index) => {
      const isJudged = index === 0 && linkCase.targets.time !== undefined;
      return { linkCase, subject, seed, compression: compressionOf(subject, { isJudged, quick }) };
    }),
  );
}

function compressionOf(
  { prepared }: TransferSubject,
  { isJudged, quick }: { readonly isJudged: boolean; readonly quick: boolean },
): number {
  if (quick) return COMPRESSION.quick;
  if (isJudged) return COMPRESSION.judged;
  return prepared ? COMPRESSION.ours : COMPRESSION.theirs;
}

async function sideBySide<T>(work: readonly T[], most: number, perform: (one: T) => Promise<void>): Promise<void> {
  const rest = work.values();
  await Promise.all(
    Array.from({ length: most }, async () => {
      for (const one of rest) await perform(one);
    }),
  );
}

function lineOf({ linkCase, subject, seed }: TransferRun, { delivered, packets, tookMs, ...counts }: Transfer): string {
  const { bytesUp, bytesDown, connections, cuts, downMs } = counts;
  const link = `${cuts} cuts, down for ${seconds(downMs)} s, ${connections} connections`;
  return `${linkCase.name}, seed ${seed}, ${subject.name}: ${delivered} of ${packets} in ${seconds(tookMs)} s, ${bytesUp} bytes up, ${bytesDown} down, ${link}`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
