import fc from 'fast-check';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { addDwells, type Dwell, quantileMs, withDwell } from './dwell.ts';
import type { Move } from './observer.ts';
import { measurePipeline } from './pipeline-metrics.ts';
import { type AllStats, addStats, stageStatsSchema, withMove } from './stage-stats.ts';

const dwellOf = (lengths: readonly number[]): Dwell => lengths.reduce<Dwell>(withDwell, []);

const PASSED: Move = {
  rid: '10001100010000120260301080000',
  process: 'NEW',
  from: { state: 'IN_FLOW', stage: 'packet' },
  to: { state: 'IN_FLOW', stage: 'quality' },
  by: 'next',
  dwellMs: 100,
};
const RETRIED: Move = { ...PASSED, to: PASSED.from, by: 'retry', code: 'ENR-ENG-001' };
const REJECTED: Move = { ...PASSED, to: { state: 'IN_FLOW', stage: 'finalise' }, by: 'reject', code: 'ENR-VAL-002' };

describe('how long registrations stay', () => {
  it('is known to within half an octave, whatever the lengths', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 5_000_000_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(lengths, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
        const sorted = [...all].sort((a, b) => a - b);
        const exact = sorted[Math.ceil(share * all.length) - 1] ?? 0;
        const told = quantileMs(dwellOf(all), share) ?? 0;
        expect(told).toBeGreaterThanOrEqual(exact * 0.999);
        expect(told).toBeLessThanOrEqual(Math.max(10, exact * Math.SQRT2 * 1.001));
      }),
    );
  });

  it('adds up over workers to what one would have counted', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { maxLength: 50 });
    fc.assert(
      fc.property(lengths, lengths, (one, other) => {
        const together = addDwells(dwellOf(one), dwellOf(other));
        expect(quantileMs(together, 0.95)).toBe(quantileMs(dwellOf([...one, ...other]), 0.95));
        expect(together.reduce((sum, count) => sum + count, 0)).toBe(one.length + other.length);
      }),
    );
  });

  it('of nobody is not known', () => {
    expect(quantileMs([], 0.5)).toBeUndefined();
  });
});

describe('what a worker has done', () => {
  const moves = [RETRIED, PASSED, REJECTED];

  it('is counted by stage: who came, what was said, and why not', () => {
    const stats = moves.reduce<AllStats>(withMove, {});
    expect(stats.packet).toMatchObject({
      arrivals: 0,
      outcomes: { retry: 1, next: 1, reject: 1 },
      retries: { 'ENR-ENG-001': 1 },
      rejections: { 'ENR-VAL-002': 1 },
    });
    // A retry leaves it where it is: two have gone.
    expect(stats.packet?.dwell.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(stats.quality?.arrivals).toBe(1);
    expect(stats.finalise?.arrivals).toBe(1);
    for (const stage of Object.values(stats)) expect(stageStatsSchema.safeParse(stage).success).toBe(true);
  });

  it('adds up over workers', () => {
    const [one, two] = [moves.reduce<AllStats>(withMove, {}), [PASSED, PASSED].reduce<AllStats>(withMove, {})];
    expect(addStats([one, two])).toEqual([...moves, PASSED, PASSED].reduce<AllStats>(withMove, {}));
  });
});

describe('the metrics of a worker', () => {
  it('are what Prometheus can add up, and name nobody', async () => {
    const registry = new Registry();
    const observer = measurePipeline(registry);
    observer.moved([RETRIED, PASSED, REJECTED]);
    observer.moved([
      { ...PASSED, from: { state: 'IN_FLOW', stage: 'finalise' }, to: { state: 'COMPLETED', stage: 'finalise' } },
    ]);
    observer.ran({ stage: 'packet', size: 3, ms: 12 });
    observer.held({ open: 7, waitingForRoom: true });
    const text = await registry.metrics();
    for (const line of [
      'enroute_stage_outcomes_total{process="NEW",stage="packet",outcome="retry",code="ENR-ENG-001"} 1',
      'enroute_stage_arrivals_total{process="NEW",stage="quality"} 1',
      'enroute_registrations_ended_total{process="NEW",state="COMPLETED"} 1',
      'enroute_stage_dwell_seconds_count{stage="packet"} 2',
      'enroute_stage_run_registrations_total{stage="packet"} 3',
      'enroute_worker_window_registrations 7',
      'enroute_worker_window_full 1',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).not.toContain(PASSED.rid);
  });
});
