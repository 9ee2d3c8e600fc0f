/**
 * Takes courier bundles in, whichever side takes them: file after file, entry after entry. What is wrong with one entry
 * keeps no other back, and what is wrong with one file no other file.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { openBundle, type Trust } from './open-bundle.ts';
import type { BundleEntry } from './read-entries.ts';
import { problemOf, type TakenResult, type TakeStep, type Tally } from './steps.ts';

export type CarriedEntry = Extract<BundleEntry, { readonly json: unknown }>;

/** What may become of an entry that nothing is wrong with. */
export type Taken = Extract<TakenResult, 'taken' | 'known'>;

export interface BundleTaker extends Trust {
  /** Its RID or id, as far as it can be read. */
  nameOf(entry: CarriedEntry): string | undefined;
  /**
   * @param station that the bundle comes from, or goes to
   * @throws EnrouteError with the reason why it is not taken; ENR-CRR-006 when the bundle does not have all of it.
   */
  take(entry: CarriedEntry, station: string): Promise<Taken>;
}

export async function* takeBundles(paths: readonly string[], taker: BundleTaker): AsyncGenerator<TakeStep> {
  for (const path of paths) yield* takeFile(path, taker);
}

async function* takeFile(file: string, taker: BundleTaker): AsyncGenerator<TakeStep> {
  const opened = await openBundle(file, taker).catch((error: unknown) => {
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
    const tally = { taken: 0, known: 0, refused: 0, damaged: 0 };
    let brokeOffAtBytes: number | null = null;
    for await (const entry of opened.entries) {
      if (entry.kind === 'broken-off') {
        brokeOffAtBytes = entry.atBytes;
      } else if (entry.kind === 'hole') {
        yield { step: 'hole', file, atBytes: entry.atBytes };
      } else {
        const step = await takeEntry(entry, station, taker);
        tally[step.result] += 1;
        yield { ...step, file };
      }
    }
    yield { step: 'closed', file, ...tally, missing: missingOf(entries, tally), brokeOffAtBytes };
  } finally {
    await opened.close();
  }
}

type EntryStep = Extract<TakeStep, { readonly step: 'entry' }>;

async function takeEntry(entry: CarriedEntry, station: string, taker: BundleTaker): Promise<Omit<EntryStep, 'file'>> {
  const common = { step: 'entry', id: taker.nameOf(entry) ?? null } as const;
  try {
    return { ...common, result: await taker.take(entry, station), problem: null };
  } catch (error) {
    if (!(error instanceof EnrouteError)) throw error;
    const result = error.code === 'ENR-CRR-006' ? 'damaged' : 'refused';
    return { ...common, result, problem: problemOf(error) };
  }
}

function missingOf(entries: number, { taken, known, refused, damaged }: Omit<Tally, 'missing'>): number {
  return Math.max(0, entries - taken - known - refused - damaged);
}
