/** One registration on its way through a batch. */
import type { StoredRegistration } from '../databases.ts';
import { atOnce } from './at-once.ts';
import type { Move } from './observe/observer.ts';
import type { Outcome } from './outcome.ts';
import type { LoadedPackets } from './packet-loader.ts';
import { retry, withDeadline } from './run-stage.ts';

export interface Runner {
  registration: StoredRegistration;
  /** As the store has it. */
  stored: StoredRegistration;
  /** What has become of it since then. */
  moves: Move[];
  packets: LoadedPackets | undefined;
  steps: number;
  /** Its stage rests: not in this batch. */
  isHeldBack: boolean;
}

/** Packets that are read beside each other. */
const PACKETS_AT_ONCE = 8;

export function runnerOf(stored: StoredRegistration): Runner {
  return { registration: stored, stored, moves: [], packets: undefined, steps: 0, isHeldBack: false };
}

/** True when something has become of it that is not saved. */
export function isDirty({ registration, stored }: Runner): boolean {
  return registration !== stored;
}

/** Each packet is opened once in a batch. @returns what could not be loaded within the time, and why */
export async function loadEach(
  runners: readonly Runner[],
  load: (registration: StoredRegistration) => Promise<LoadedPackets>,
  deadlineMs: number,
): Promise<Map<Runner, Outcome>> {
  const problems = new Map<Runner, Outcome>();
  const missing = runners.filter(({ packets }) => !packets);
  await atOnce(missing, PACKETS_AT_ONCE, async (runner) => {
    try {
      runner.packets = await withDeadline(load(runner.registration), deadlineMs);
    } catch (error) {
      problems.set(runner, retry(error));
    }
  });
  return problems;
}
