/**
 * How long registrations stay somewhere, as counts by length: half an octave wide, so that a quantile is right to within
 * a fifth, in a few dozen numbers that can be added up over workers.
 */

/** Counts by bucket; missing ones are 0. */
export type Dwell = readonly number[];

const FIRST_MS = 10;
const PER_OCTAVE = 2;
/** The last one begins after about two months. */
const DWELL_BUCKETS = 60;

export function withDwell(dwell: Dwell, ms: number): Dwell {
  const bucket = bucketOf(ms);
  return Array.from(
    { length: Math.max(dwell.length, bucket + 1) },
    (_, at) => (dwell[at] ?? 0) + (at === bucket ? 1 : 0),
  );
}

export function addDwells(one: Dwell, other: Dwell): Dwell {
  return Array.from({ length: Math.max(one.length, other.length) }, (_, at) => (one[at] ?? 0) + (other[at] ?? 0));
}

/**
 * @param share 0 to 1, e.g. 0.95
 * @returns milliseconds below which that share of them lies, rounded up to a bucket's end; undefined of none
 */
export function quantileMs(dwell: Dwell, share: number): number | undefined {
  const all = dwell.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [bucket, count] of dwell.entries()) {
    seen += count;
    if (count > 0 && seen >= share * all) return FIRST_MS * 2 ** (bucket / PER_OCTAVE);
  }
  return undefined;
}

/** Bucket 0 is up to 10 ms; each one after it ends half an octave later. */
function bucketOf(ms: number): number {
  if (!(ms > FIRST_MS)) return 0;
  return Math.min(DWELL_BUCKETS - 1, Math.ceil(Math.log2(ms / FIRST_MS) * PER_OCTAVE));
}
