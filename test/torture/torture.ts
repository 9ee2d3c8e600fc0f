/**
 * Workers that share the lanes of one core while each of them is killed again and again at any moment, or stopped for
 * longer than its lease and let go on, as a machine that was suspended is. Where only one process can open the store, all
 * of them are in that one and die together, and the process is what comes back.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type AskedProcess, startAsked } from '../chaos/asked.ts';
import type { Place } from '../simulation/backlog/place.ts';
import type { Rng } from '../simulation/people/rng.ts';
import type { Arrivals } from './arrivals.ts';
import { type Ledgers, ledgersSchema } from './ledgers.ts';
import { LEASE_MS } from './settings.ts';

/** Of one process. */
export interface Victim {
  readonly place: Place;
  readonly workers: number;
  /** Where nobody else can bring them in. */
  readonly arrivals?: Arrivals;
  /** A process that shares its store can be stopped and let go on meanwhile. */
  readonly mayBeStopped: boolean;
}

/** What happened, and what was found wrong on the way. */
export interface Course {
  kills: number;
  stops: number;
  samples: number;
  readonly violations: string[];
}

const LIFE_MS = { least: 100, most: 8_000 };
const STOPPED_ONE_IN = 5;
const STOPPED_MS = 2 * LEASE_MS;
const conservationSchema = z.object({ violations: z.array(z.string()), holds: z.boolean() });

/** Starts the process, lets it live for a while, and ends that; again and again until the time is over. */
export async function torment(
  victim: Victim,
  name: string,
  untilMs: number,
  random: Rng,
  course: Course,
): Promise<void> {
  while (performance.now() < untilMs) {
    const living = start(victim, name, course);
    await living.ready;
    await sleep(random.between(LIFE_MS.least, LIFE_MS.most));
    if (victim.mayBeStopped && random.below(STOPPED_ONE_IN) === 0) {
      living.signal('SIGSTOP');
      await sleep(STOPPED_MS);
      living.signal('SIGCONT');
      course.stops += 1;
      await sleep(random.below(LEASE_MS));
    } else {
      course.violations.push(...(await sampleOf(living)));
      course.samples += 1;
    }
    await living.kill();
    course.kills += 1;
  }
}

/** The same process in peace, until all that came has ended. @throws Error when that takes too long */
export async function inPeace(victim: Victim, expected: number, withinMs: number, course: Course): Promise<Ledgers> {
  const living = start(victim, 'calm', course);
  await living.ready;
  const end = performance.now() + withinMs;
  for (;;) {
    const ledgers = ledgersSchema.parse(await living.ask('ledgers'));
    const states = Object.values(ledgers.states);
    const open = states.filter((state) => !['COMPLETED', 'REJECTED', 'FAILED'].includes(state));
    if (states.length >= expected && open.length === 0) {
      course.violations.push(...(await sampleOf(living)));
      await living.kill();
      return ledgers;
    }
    if (performance.now() > end)
      throw new Error(`${open.length} of ${states.length} have not ended: ${open.slice(0, 5)}`);
    await sleep(LOOK_EVERY_MS);
  }
}

const LOOK_EVERY_MS = 1_000;

function start({ place, workers, arrivals }: Victim, name: string, course: Course): AskedProcess {
  return startAsked({
    program: join(import.meta.dirname, 'worker-process.ts'),
    args: [JSON.stringify(place), String(workers), ...(arrivals ? [JSON.stringify(arrivals)] : [])],
    outputPath: join(place.folder, '..', `${name}.log`),
    onCrash: (how) => course.violations.push(how),
  });
}

/** The law holds at every moment, whoever is at work. */
async function sampleOf(living: AskedProcess): Promise<string[]> {
  const { violations } = conservationSchema.parse(await living.ask('conservation'));
  return violations;
}
