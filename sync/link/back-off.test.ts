import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOffMs, fullJitter, outageWaitMs } from './back-off.ts';

const backOff = { baseMs: 1_000, capMs: 60_000 };

describe('the wait after a failure', () => {
  it('lies anywhere between nothing and a bound that doubles up to the cap', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((failures) => backOffMs(failures, backOff, 1))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ]);
    expect(backOffMs(5, backOff, 0)).toBe(0);
    expect(backOffMs(5, backOff, 0.5)).toBe(16_000);
  });

  it('never is negative, beyond the cap, or no number, however often it failed', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const ms = backOffMs(failures, backOff, random);
        return Number.isInteger(ms) && ms >= 0 && ms <= backOff.capMs;
      }),
    );
  });

  it('ends at once when it is called off', async () => {
    const stop = new AbortController();
    const begun = performance.now();
    const waiting = fullJitter(10, { baseMs: 600_000, capMs: 600_000 }, stop.signal);
    stop.abort();
    await waiting;
    await fullJitter(10, { baseMs: 600_000, capMs: 600_000 }, stop.signal);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

describe('the wait between two looks for a link that is down', () => {
  it('is short while the link is down for seconds only, however many looks have failed', () => {
    expect(outageWaitMs(0, 0, backOff, 1)).toBe(1_000);
    expect(outageWaitMs(9, 3_000, backOff, 1)).toBe(1_500);
    expect(outageWaitMs(9, 20_000, backOff, 1)).toBe(10_000);
    expect(outageWaitMs(9, 600_000, backOff, 1)).toBe(60_000);
    expect(outageWaitMs(9, 20_000, backOff, 0)).toBe(0);
  });

  it('is short after few looks that took long', () => {
    expect(outageWaitMs(1, 30_000, backOff, 1)).toBe(2_000);
  });

  it('costs at most a look for each quarter that the outage has grown by', () => {
    let looks = 0;
    for (let downForMs = 0; downForMs < 120_000; looks += 1) downForMs += outageWaitMs(looks, downForMs, backOff, 0.5);
    expect(looks).toBeLessThan(25);
  });
});
