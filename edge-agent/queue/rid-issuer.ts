/**
 * Issues the station's RIDs. A block of sequence numbers is reserved, durably, before the first of them is used, so no
 * crash makes two RIDs the same, and most enrolments cost the disk no write for theirs. What is left of a block is given
 * back when the station is closed; a crash skips it: a gap in the sequence is not a lost packet. By which rules it counts
 * stands in `rid-rules.ts`.
 */
import { formatRid } from '@enroute/shared/rid/rid.ts';
import { after, beginning, isLater, timeOfRid } from './rid-rules.ts';
import type { CounterCollection } from './station-database.ts';

export interface RidIssuer {
  /** @throws EnrouteError ENR-STN-001 or -006 when the disk does not take a reservation. */
  issue(at: Date): Promise<string>;
  /** No number up to this one is given out again, if it is ahead: somebody else remembers more than this station. */
  raise(sequence: number): Promise<void>;
  /** Gives back what was not used. A RID must not be asked for after it. */
  close(): Promise<void>;
}

export interface RidMemory {
  /** The time of the RID that was given out last. */
  readonly latest?: Date | undefined;
  /** Whether the time comes from the core in this run. */
  readonly isCoreTime?: () => boolean;
}

/** The last sequence number that may have been used. */
const SEQUENCE = 'rid-sequence';
const BLOCK = 16;

export function openRidIssuer(counters: CounterCollection, station: string, memory: RidMemory = {}): RidIssuer {
  let { latest } = memory;
  let next = 0;
  let left = 0;

  async function reserve(): Promise<void> {
    const counter = await counters.insertIfNotExists({ name: SEQUENCE, value: 0 });
    let used = 0;
    await counter.incrementalModify((count) => {
      used = count.value;
      return { ...count, value: after(used, BLOCK) };
    });
    next = after(used, 1);
    left = BLOCK;
  }

  async function giveBack(): Promise<void> {
    if (left === 0) return;
    const unused = left;
    left = 0;
    const counter = await counters.findOne(SEQUENCE).exec();
    await counter?.incrementalModify((count) => ({ ...count, value: after(count.value, -unused) }));
  }

  // One after the other: two must not reserve because of the same empty block.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };

  return {
    issue: (at) =>
      inTurn(async () => {
        if (left === 0) await reserve();
        const sequence = next;
        next = after(next, 1);
        left -= 1;
        latest = timeOfRid(at, latest, memory.isCoreTime?.() ?? false);
        return formatRid(station, sequence, latest);
      }),
    raise: (sequence) =>
      inTurn(async () => {
        await giveBack();
        await raiseSequence(counters, sequence);
      }),
    close: () => inTurn(giveBack),
  };
}

/** No sequence up to this one is given out again, for a counter that was lost. */
export async function raiseSequence(counters: CounterCollection, atLeast: number): Promise<void> {
  if (atLeast === 0) return;
  const counter = await counters.insertIfNotExists({ name: SEQUENCE, value: atLeast });
  if (!isLater(atLeast, counter.value)) return;
  await counter.incrementalModify((count) => ({ ...count, value: atLeast }));
}

/** Where a station begins that has no counter. Does nothing to one that has. @param random 0 to 1, 1 excluded */
export async function beginSequence(counters: CounterCollection, random: number): Promise<void> {
  await counters.insertIfNotExists({ name: SEQUENCE, value: beginning(random) });
}

/** No RID was given out with a later number. */
export async function lastSequence(counters: CounterCollection): Promise<number> {
  return (await counters.findOne(SEQUENCE).exec())?.value ?? 0;
}
