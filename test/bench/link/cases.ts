/** The links that are measured, how a transfer over them is judged, and how fast time passes meanwhile. */

export const PACKETS = 4;
export const PACKET_BYTES = 1024 * 1024;

const LATENCY_MS = 300;
const OUTAGE_MS = 3_000;
const SECOND_MS = 1_000;

export interface LinkCase {
  readonly name: string;
  readonly bytesPerSecond: number;
  readonly latencyMs: number;
  /** The link is up so long on average; undefined for one that is never cut. */
  readonly cutEveryMs: number | undefined;
  readonly outageMs: number;
  /** What Enroute set out to need at most: time beside the floor, bytes beside the payload. */
  readonly targets: { readonly time?: number; readonly bytes?: number };
  /** A transfer that takes longer did not finish. */
  readonly deadlineMs: number;
  /** Only Enroute is measured: the others are known not to get there. */
  readonly isForEnrouteOnly: boolean;
}

const KBIT = 1000 / 8;

function linkCase(name: string, given: Partial<LinkCase> = {}): LinkCase {
  return {
    name,
    bytesPerSecond: 64 * KBIT,
    latencyMs: LATENCY_MS,
    cutEveryMs: undefined,
    outageMs: OUTAGE_MS,
    targets: {},
    deadlineMs: 3_000 * SECOND_MS,
    isForEnrouteOnly: false,
    ...given,
  };
}

export const CLEAN: LinkCase = linkCase('64 kbit/s, clean', { targets: { time: 1.03, bytes: 1.02 } });
export const EVERY_MINUTE: LinkCase = linkCase('64 kbit/s, cut every 60 s', {
  cutEveryMs: 60 * SECOND_MS,
  targets: { time: 1.1, bytes: 1.05 },
});

export const CASES: readonly LinkCase[] = [
  CLEAN,
  linkCase('64 kbit/s, cut every 300 s', { cutEveryMs: 300 * SECOND_MS }),
  linkCase('64 kbit/s, cut every 120 s', { cutEveryMs: 120 * SECOND_MS, targets: { time: 1.05 } }),
  EVERY_MINUTE,
  linkCase('23 kbit/s, cut every 20 s', {
    bytesPerSecond: 23 * KBIT,
    cutEveryMs: 20 * SECOND_MS,
    deadlineMs: 6_000 * SECOND_MS,
    isForEnrouteOnly: true,
  }),
];

export const SEEDS: readonly number[] = [1, 2, 3];
