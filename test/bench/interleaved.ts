/**
 * Times several subjects in turn, A B A B …, so that whatever else the machine does in the meantime meets them alike.
 */
export interface Subject {
  readonly name: string;
  /** Does the work once. @returns how many bytes it saved. */
  once(): Promise<number>;
}

export interface Times {
  readonly subject: string;
  /** Of each repetition. */
  readonly ms: number[];
  readonly bytes: number[];
}

/** The first repetitions warm up code and caches, and are not counted. */
export const WARM_UP = 3;

/** @param prepare what all subjects of a repetition need; it is not timed. */
export async function timeInterleaved(
  subjects: readonly Subject[],
  repetitions: number,
  prepare: () => Promise<void> = async () => undefined,
): Promise<Times[]> {
  const times = subjects.map(({ name }) => ({ subject: name, ms: [] as number[], bytes: [] as number[] }));
  for (let repetition = -WARM_UP; repetition < repetitions; repetition += 1) {
    await prepare();
    for (const [index, subject] of subjects.entries()) {
      const begun = performance.now();
      const bytes = await subject.once();
      const ms = performance.now() - begun;
      if (repetition < 0) continue;
      times[index]?.ms.push(ms);
      times[index]?.bytes.push(bytes);
    }
  }
  return times;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new RangeError('There is no median of nothing.');
  return middle;
}
