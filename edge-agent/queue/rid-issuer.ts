/**
 * Issues the station's RIDs. A block of sequence numbers is reserved, durably, before the first of them is used, so no
 * crash makes two RIDs the same, and most enrolments cost the disk no write for theirs. What is left of a block is given
 * back when the station is closed; a crash skips it: a gap in the sequence is not a lost packet.
 */
import { formatRid, MAX_SEQUENCE } from '@enroute/shared/rid/rid.ts';
import type { CounterCollection } from './station-database.ts';

export interface RidIssuer {
  /** @throws EnrouteError ENR-STN-001 or -006 when the disk does not take a reservation. */
  issue(at: Date): Promise<string>;
  /** Gives back what was not used. A RID must not be asked for after it. */
  close(): Promise<void>;
}

/** The last sequence number that may have been used. */
const SEQUENCE = 'rid-sequence';
const BLOCK = 16;

export function openRidIssuer(counters: CounterCollection, station: string): RidIssuer {
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
        return formatRid(station, sequence, at);
      }),
    close: () =>
      inTurn(async () => {
        if (left === 0) return;
        const unused = left;
        left = 0;
        const counter = await counters.findOne(SEQUENCE).exec();
        await counter?.incrementalModify((count) => ({ ...count, value: after(count.value, -unused) }));
      }),
  };
}

/** No sequence up to this one is given out again, for a counter that was lost. */
export async function raiseSequence(counters: CounterCollection, atLeast: number): Promise<void> {
  const counter = await counters.insertIfNotExists({ name: SEQUENCE, value: atLeast });
  await counter.incrementalModify((count) => ({ ...count, value: Math.max(count.value, atLeast) }));
}

/** So many further on, or back, in the round from 1 to MAX_SEQUENCE; 0 is where a station begins. */
function after(sequence: number, steps: number): number {
  if (sequence + steps === 0) return 0;
  return ((sequence - 1 + steps + MAX_SEQUENCE) % MAX_SEQUENCE) + 1;
}
