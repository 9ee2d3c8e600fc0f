import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawUin, type RandomBytes, UinError } from './draw.ts';
import { brokenPolicies } from './policies.ts';
import { UIN_PRESETS, type UinRules } from './rules.ts';

const mosip: UinRules = UIN_PRESETS.mosip;

/** Random bytes that are the same in every run of the test. */
function seeded(seed: string): RandomBytes {
  let block = 0;
  return (count) => {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; at += 64) {
      const digest = createHash('sha512').update(`${seed} ${block++}`).digest();
      for (let i = 0; i < 64 && at + i < count; i++) bytes[at + i] = digest[i] ?? 0;
    }
    return bytes;
  };
}

describe('drawing a UIN', () => {
  it('gives numbers that keep every rule, for any randomness and any length', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 8, max: 14 }), (seed, length) => {
        const uin = drawUin(seeded(seed), { ...mosip, length });
        expect(uin).toHaveLength(length);
        expect(brokenPolicies(uin, { ...mosip, length })).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('gives the same number for the same randomness', () => {
    expect(drawUin(seeded('a'), mosip)).toBe(drawUin(seeded('a'), mosip));
    expect(drawUin(seeded('a'), mosip)).not.toBe(drawUin(seeded('b'), mosip));
  });

  it('favours no first digit', () => {
    const random = seeded('first digits');
    const counts = new Map<string, number>();
    const draws = 16_000;
    for (let i = 0; i < draws; i++) {
      const first = drawUin(random, mosip).charAt(0);
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([...'23456789']);
    // MOSIP's own generator puts 38 % on the digit 2; here each of the eight has about an eighth.
    for (const count of counts.values()) expect(Math.abs(count / draws - 1 / 8)).toBeLessThan(0.015);
  });

  it('is uniform over a space small enough to count', () => {
    const rules: UinRules = { ...mosip, length: 4, forbiddenPrefixes: ['0', '1', '4', '5', '6', '7', '8', '9'] };
    const random = seeded('small space');
    const counts = new Map<string, number>();
    const draws = 30_000;
    for (let i = 0; i < draws; i++) {
      const uin = drawUin(random, rules);
      counts.set(uin, (counts.get(uin) ?? 0) + 1);
    }
    const all = Array.from({ length: 10_000 }, (_, n) => String(n).padStart(4, '0'));
    const valid = all.filter((uin) => brokenPolicies(uin, rules).length === 0);
    expect([...counts.keys()].sort()).toEqual(valid);
    const expected = draws / valid.length;
    const chiSquared = [...counts.values()].reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
    const freedom = valid.length - 1;
    expect(chiSquared).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom));
  });

  it('gives up with a code when no number can pass', () => {
    const none: UinRules = { ...mosip, forbiddenPrefixes: [...'0123456789'] };
    expect(() => drawUin(seeded('x'), none)).toThrow(UinError);
  });

  it.each([
    ['only bytes that would bias', (count: number) => new Uint8Array(count).fill(255)],
    ['nothing', () => new Uint8Array()],
    ['the same digit for ever', (count: number) => new Uint8Array(count)],
  ])('gives up with a code when the source yields %s', (_, source) => {
    expect(() => drawUin(source, mosip)).toThrow(expect.objectContaining({ code: 'UIN_NONE_FOUND' }));
  });
});
