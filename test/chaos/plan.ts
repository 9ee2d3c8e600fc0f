/** What is to happen to each station and to the core: drawn from the seed before anything begins. */
import { type CutKind, cutsBySeed } from '../simulation/link/cuts.ts';
import type { MischiefSettings } from '../simulation/link/mischievous-proxy.ts';
import type { TcpLinkOptions } from '../simulation/link/tcp-link.ts';
import { type Rng, rngOf } from '../simulation/people/rng.ts';
import { COMPRESSION, PACKETS, SECONDS, SEED, STATIONS } from './settings.ts';

export interface StationPlan {
  readonly index: number;
  /** Center and machine. */
  readonly station: string;
  /** Who comes to the desk, by their number in the population. */
  readonly people: readonly number[];
  readonly link: Omit<TcpLinkOptions, 'target'>;
  readonly cuts: ReturnType<typeof cutsBySeed>;
  /** What a proxy on the way does to requests; undefined where there is none. */
  readonly mischief: Omit<MischiefSettings, 'target'> | undefined;
  /** When a captive portal begins and ends to answer; emulated, from the beginning. */
  readonly portal: readonly { readonly fromMs: number; readonly toMs: number }[];
  /** When the process is killed. */
  readonly killsAtMs: readonly number[];
  /** How wrong the machine's clock is, at its nth start. */
  clockWrongMs(start: number): number;
}

const CUT_KINDS: readonly CutKind[] = ['reset', 'black-hole', 'core-unaware', 'station-unaware'];
const DAY_MS = 86_400_000;
const DURATION_MS = SECONDS * 1_000;
const PEOPLE_OF_A_STATION = 1_000;
/** Every so many stations, somebody comes who was at the station before, too. */
const DUPLICATE_EVERY = 2;

export const CORE_KILLS_AT_MS: readonly number[] = times(rngOf(SEED, 'core kills'), DURATION_MS / 4);

export function plans(): StationPlan[] {
  return Array.from({ length: STATIONS }, (_, index) => planOf(index));
}

function planOf(index: number): StationPlan {
  const rng = rngOf(SEED, 'station', index);
  const clockIsWrong = index % 3 !== 0;
  const isBehindProxy = index % 4 === 1;
  return {
    index,
    station: String(1000110000 + index + 1),
    people: peopleOf(index),
    link: {
      bytesPerSecond: rng.between(24, 128) * 1_000,
      latencyMs: rng.between(20, 300),
      jitterMs: rng.between(0, 200),
      ...(index % 3 === 2 ? { closedAfterBytesUp: rng.between(60, 400) * 1_000 } : {}),
      compression: COMPRESSION,
      seed: `${SEED} link ${index}`,
    },
    cuts: cutsBySeed({
      seed: `${SEED} cuts ${index}`,
      everyMs: rng.between(10, 40) * 1_000,
      lastsMs: rng.between(1, 8) * 1_000,
      kinds: CUT_KINDS,
    }),
    mischief: isBehindProxy
      ? {
          seed: `${SEED} mischief ${index}`,
          oneDoubledIn: 6,
          oneHeldIn: 6,
          oneAnswerLostIn: 10,
          passesInformation: index % 8 === 1,
        }
      : undefined,
    portal: index % 4 === 2 ? times(rng, DURATION_MS / 2).map((fromMs) => ({ fromMs, toMs: fromMs + 10_000 })) : [],
    killsAtMs: times(rng, DURATION_MS / 2),
    clockWrongMs: (start) => (clockIsWrong ? rngOf(SEED, 'clock', index, start).between(-10, 10) * DAY_MS : 0),
  };
}

function peopleOf(index: number): number[] {
  const count = Math.floor(PACKETS / STATIONS) + (index < PACKETS % STATIONS ? 1 : 0);
  const numbers = Array.from({ length: count }, (_, nth) => index * PEOPLE_OF_A_STATION + nth);
  // Whoever was the first at the station before comes last here.
  if (index % DUPLICATE_EVERY === 1 && count > 1) numbers[count - 1] = (index - 1) * PEOPLE_OF_A_STATION;
  return numbers;
}

/** Moments before the end, so far apart on average. */
function times(rng: Rng, everyMs: number): number[] {
  const found: number[] = [];
  for (
    let atMs = rng.below(Math.ceil(2 * everyMs));
    atMs < DURATION_MS;
    atMs += 1 + rng.below(Math.ceil(2 * everyMs))
  ) {
    found.push(atMs);
  }
  return found;
}
