import { describe, expect, it } from 'vitest';
import { rngOf } from './rng.ts';

describe('the seeded generator', () => {
  it('gives the same for the same labels and something else for others', () => {
    const draw = (...labels: (string | number)[]): string =>
      rngOf(...labels)
        .bytes(32)
        .join();
    expect(draw('a', 1)).toBe(draw('a', 1));
    expect(new Set([draw('a', 1), draw('a', 2), draw('a1'), draw('b', 1), draw('', 'a', 1)]).size).toBe(5);
  });

  it('gives no two streams alike among a hundred thousand', () => {
    const starts = new Set<string>();
    for (let i = 0; i < 100_000; i++) starts.add(rngOf('stream', i).bytes(8).join());
    expect(starts.size).toBe(100_000);
  });

  it('draws within its bounds, each value about as often', () => {
    const rng = rngOf('bounds');
    const counts = new Map<number, number>();
    for (let i = 0; i < 70_000; i++) {
      const drawn = rng.between(-3, 3);
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('gives bytes of every value about as often', () => {
    const counts = new Array<number>(256).fill(0);
    for (const byte of rngOf('bytes').bytes(256_000)) counts[byte] = (counts[byte] ?? 0) + 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(200);
  });

  it('refuses to draw where there is nothing, rather than to draw for ever', () => {
    const rng = rngOf('nothing');
    for (const limit of [0, -1, 2 ** 32 + 1, Number.NaN]) expect(() => rng.below(limit)).toThrow(RangeError);
    expect(() => rng.pick([])).toThrow(RangeError);
  });
});
