import { describe, expect, test } from 'vitest';
import type { Outcome } from './outcome.ts';
import { stageRest } from './stage-rest.ts';

const RETRY: Outcome = { kind: 'retry', code: 'ENR-ENG-001', detail: 'away' };
const NEXT: Outcome = { kind: 'next' };

function trial() {
  let nowMs = 0;
  const rest = stageRest({ nowMs: () => nowMs, random: () => 1 });
  const run = (size: number, outcome: Outcome): void => {
    const rids = Array.from({ length: size }, (_, n) => `${n}`);
    rest.note('abis', rids, new Array<Outcome>(size).fill(outcome));
  };
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { rest, run, pass };
}

describe('a stage of which nothing gets on', () => {
  test('rests after three runs, is tried with a few, and rests twice as long when they do not get on', () => {
    const { rest, run, pass } = trial();
    for (let n = 0; n < 2; n += 1) run(10, RETRY);
    expect(rest.allowed('abis')).toBe(Number.POSITIVE_INFINITY);
    run(10, RETRY);
    expect(rest.allowed('abis')).toBe(0);
    pass(1_000);
    expect(rest.allowed('abis')).toBe(3);
    run(3, RETRY);
    pass(1_999);
    expect(rest.allowed('abis')).toBe(0);
    pass(1);
    expect(rest.allowed('abis')).toBe(3);
  });

  test('does not rest the longer for what was under way when it began to', () => {
    const { rest, run, pass } = trial();
    for (let n = 0; n < 9; n += 1) run(10, RETRY);
    pass(1_000);
    expect(rest.allowed('abis')).toBe(3);
    // A probe in three chunks is one probe.
    for (let n = 0; n < 3; n += 1) run(1, RETRY);
    pass(2_000);
    expect(rest.allowed('abis')).toBe(3);
  });

  test('is at work again when something that was under way has got on', () => {
    const { rest, run } = trial();
    for (let n = 0; n < 3; n += 1) run(10, RETRY);
    run(10, NEXT);
    expect(rest.allowed('abis')).toBe(Number.POSITIVE_INFINITY);
  });

  test('never rests longer than a minute, and is at work again as soon as one gets on', () => {
    const { rest, run, pass } = trial();
    for (let n = 0; n < 30; n += 1) run(10, RETRY);
    pass(60_000);
    expect(rest.allowed('abis')).toBe(3);
    run(1, NEXT);
    expect(rest.allowed('abis')).toBe(Number.POSITIVE_INFINITY);
  });

  test('is not made to rest by a single registration that fails again and again', () => {
    const { rest, run } = trial();
    for (let n = 0; n < 30; n += 1) run(1, RETRY);
    expect(rest.allowed('abis')).toBe(Number.POSITIVE_INFINITY);
  });

  test('keeps no other stage from its work', () => {
    const { rest, run } = trial();
    for (let n = 0; n < 3; n += 1) run(10, RETRY);
    expect(rest.allowed('uin')).toBe(Number.POSITIVE_INFINITY);
  });
});
