/**
 * Takes courier bundles in, whichever side takes them: file after file, entry after entry. What is wrong with one entry
 * keeps no other back, and what is wrong with one file no other file.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { type OpenedBundle, openBundle, type Trust } from './open-bundle.ts';
import type { BundleEntry } from './read-entries.ts';
import { isTrouble, problemOf, type TakenResult, type TakeStep } from './steps.ts';

export type CarriedEntry = Extract<BundleEntry, { readonly json: unknown }>;

/** What may become of an entry that nothing is wrong with. */
export type Taken = Extract<TakenResult, 'taken' | 'known'>;

export interface BundleTaker extends Trust {
  /** Its RID or id, as far as it can be read. */
  nameOf(entry: CarriedEntry): string | undefined;
  /**
   * @param station that the bundle comes from, or goes to
   * @throws EnrouteError with the reason why it is not taken; ENR-CRR-006 when the bundle does not have all of it;
   *   ENR-UPL-007 when there is no room for any more.
   */
  take(entry: CarriedEntry, station: string): Promise<Taken>;
}

/** Of one file: whoever wants to see more of them has a file that is not worth it. */
const MAX_TOLD_TROUBLES = 1_000;

/**
 * @param signal leaves off where it is; what was taken stays
 * @throws EnrouteError ENR-UPL-007 when the receiver has no more room; the signal's reason.
 */
export async function* takeBundles(
  paths: readonly string[],
  taker: BundleTaker,
  signal?: AbortSignal,
): AsyncGenerator<TakeStep> {
  for (const path of paths) {
    signal?.throwIfAborted();
    yield* takeFile(path, taker, signal);
  }
}

async function* takeFile(file: string, taker: BundleTaker, signal?: AbortSignal): AsyncGenerator<TakeStep> {
  const opened = await openBundle(file, taker, signal).catch((error: unknown) => {
    if (error instanceof EnrouteError) return error;
    throw error;
  });
  if (opened instanceof EnrouteError) {
    yield { step: 'not-opened', file, problem: problemOf(opened) };
    return;
  }
  try {
    const { station, number, of, entries, at } = opened.statement;
    yield { step: 'opened', file, station, number, of, entries, at };
    yield* takeEntries(file, opened, taker);
  } finally {
    await opened.close();
  }
}

async function* takeEntries(
  file: string,
  { statement, entries }: OpenedBundle,
  taker: BundleTaker,
): AsyncGenerator<TakeStep> {
  const tally = { taken: 0, known: 0, refused: 0, damaged: 0 };
  let [seen, troubles] = [0, 0];
  let brokeOffAtBytes: number | null = null;
  const closed = (failure?: EnrouteError): TakeStep => {
    const missing = failure ? 0 : statement.entries - seen;
    const untold = Math.max(0, troubles - MAX_TOLD_TROUBLES);
    const problem = failure ? problemOf(failure) : null;
    return { step: 'closed', file, ...tally, missing, untold, brokeOffAtBytes, problem };
  };
  for await (const entry of entries) {
    if (entry.kind === 'broken-off') {
      brokeOffAtBytes = entry.atBytes;
      continue;
    }
    if (entry.kind !== 'hole' && seen === statement.entries) {
      yield closed(new EnrouteError('ENR-CRR-013'));
      return;
    }
    const step = await stepOf(entry, file, statement.station, taker);
    if (step instanceof EnrouteError) {
      yield closed(step);
      throw step;
    }
    if (step.step === 'entry') {
      seen += 1;
      tally[step.result] += 1;
    }
    if (isTrouble(step)) troubles += 1;
    if (!isTrouble(step) || troubles <= MAX_TOLD_TROUBLES) yield step;
  }
  yield closed();
}

type DetailStep = Extract<TakeStep, { readonly step: 'entry' | 'hole' }>;

/** @returns the error where the receiver has no room: every further entry would meet the same. */
async function stepOf(
  entry: Exclude<BundleEntry, { readonly kind: 'broken-off' }>,
  file: string,
  station: string,
  taker: BundleTaker,
): Promise<DetailStep | EnrouteError> {
  if (entry.kind === 'hole') return { step: 'hole', file, atBytes: entry.atBytes, toBytes: entry.toBytes };
  const common = { step: 'entry', file, id: taker.nameOf(entry) ?? null } as const;
  try {
    return { ...common, result: await taker.take(entry, station), problem: null };
  } catch (error) {
    if (!(error instanceof EnrouteError)) throw error;
    if (error.code === 'ENR-UPL-007') return error;
    const result = error.code === 'ENR-CRR-006' ? 'damaged' : 'refused';
    return { ...common, result, problem: problemOf(error) };
  }
}
