import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breaksAnyPolicy, brokenPolicies, followsInSequence, type PolicyName, UIN_POLICIES } from './policies.ts';
import { UIN_PRESETS, type UinRules } from './rules.ts';
import { verhoeffDigit } from './verhoeff.ts';

const mosip: UinRules = UIN_PRESETS.mosip;
const good = (() => {
  const base = '273946185';
  return base + verhoeffDigit(base);
})();

describe('the founding policies, each with its example', () => {
  it('accepts a number that keeps them all', () => {
    expect(brokenPolicies(good, mosip)).toEqual([]);
  });

  const examples: readonly [string, PolicyName, string][] = [
    ['no alphanumeric characters', 'DIGITS_ONLY', '27394618X5'],
    ['no digits of other scripts either', 'DIGITS_ONLY', '27394618٥5'],
    ['no repeated digit side by side', 'REPEATING_DIGITS', '2733946185'],
    ['no repeated digit one place apart', 'REPEATING_DIGITS', '2737946185'],
    ['no sequence upwards', 'SEQUENTIAL_DIGITS', '2739451238'],
    ['no sequence downwards', 'SEQUENTIAL_DIGITS', '2739483215'],
    ['no sequence over the zero', 'SEQUENTIAL_DIGITS', '2738901648'],
    ['no repeated block', 'REPEATING_BLOCK', '2739462718'],
    ['a checksum in the last place', 'CHECKSUM', `${good.slice(0, -1)}${(Number(good.slice(-1)) + 1) % 10}`],
    ['no 0 in front', 'PREFIX', '0739461852'],
    ['no 1 in front', 'PREFIX', '1739468520'],
    ['the first five unlike the last five', 'FIRST_EQUALS_LAST', '4345643456'],
    ['the first five unlike the last five reversed', 'FIRST_EQUALS_LAST_REVERSED', '4345665434'],
    ['no cyclic figure upwards (by the rule on sequences)', 'SEQUENTIAL_DIGITS', '4567890123'],
    ['no cyclic figure downwards (by the rule on sequences)', 'SEQUENTIAL_DIGITS', '6543210987'],
    ['no cyclic number', 'CYCLIC', '3142857096'],
    ['not the first two digits five times', 'FIRST_TWO_REPEATED', '3434343434'],
    ['no three even neighbours', 'EVEN_ADJACENT', '3948613752'],
    ['no restricted number', 'RESTRICTED', '2378619405'],
    ['ten digits, not nine', 'LENGTH', '273946185'],
    ['ten digits, not eleven', 'LENGTH', '27394618507'],
    ['ten digits, not none', 'LENGTH', ''],
  ];

  it.each(examples)('%s: %s', (_, policy, uin) => {
    expect(brokenPolicies(uin, mosip)).toContain(policy);
    expect(breaksAnyPolicy(uin, mosip)).toBe(true);
  });

  it('has an example for every policy', () => {
    expect(new Set(examples.map(([, policy]) => policy))).toEqual(new Set(Object.keys(UIN_POLICIES)));
  });

  it('names every rule that a number breaks, not only the first', () => {
    expect(brokenPolicies('3434343434', mosip)).toEqual(
      expect.arrayContaining(['REPEATING_DIGITS', 'REPEATING_BLOCK', 'FIRST_TWO_REPEATED']),
    );
  });

  it('does not count zero as an even neighbour, as MOSIP does not', () => {
    expect(brokenPolicies('3940613752', mosip)).not.toContain('EVEN_ADJACENT');
  });

  it('sees two numbers drawn in sequence, whatever their checksums', () => {
    expect(followsInSequence('2739461850', '2739461847')).toBe(true);
    expect(followsInSequence('2739461847', '2739461850')).toBe(true);
    expect(followsInSequence('2739461850', '2739461859')).toBe(false);
    expect(followsInSequence('abc', '2739461850')).toBe(false);
    expect(brokenPolicies(good, mosip, String(BigInt(good) + 10n))).toEqual(['GENERATED_SEQUENTIALLY']);
  });
});

describe('agreement with the rules as MOSIP writes them, in regular expressions', () => {
  const regexes: readonly [PolicyName, RegExp][] = [
    ['REPEATING_DIGITS', /(\d)\d{0,1}\1/],
    ['REPEATING_BLOCK', /(\d{2,}).*?\1/],
    ['SEQUENTIAL_DIGITS', /012|123|234|345|456|567|678|789|890|901|987|876|765|654|543|432|321|210|109|098/],
    ['PREFIX', /^[01]/],
    ['FIRST_EQUALS_LAST', /^(\d{5})\d*\1$/],
    ['FIRST_EQUALS_LAST_REVERSED', /^(\d)(\d)(\d)(\d)(\d)\5\4\3\2\1$/],
    ['CYCLIC', /142857/],
    ['FIRST_TWO_REPEATED', /^(\d\d)\1{4}$/],
    ['EVEN_ADJACENT', /[2468]{3}/],
    ['RESTRICTED', /786|666/],
  ];

  const disagreements = (uins: Iterable<string>): string[] => {
    const found: string[] = [];
    for (const uin of uins) {
      const broken = new Set<string>(brokenPolicies(uin, mosip));
      for (const [policy, regex] of regexes) if (broken.has(policy) !== regex.test(uin)) found.push(`${policy} ${uin}`);
    }
    return found;
  };

  function* pseudoRandomNumbers(count: number): Generator<string> {
    for (let block = 0, made = 0; made < count; block++) {
      const bytes = createHash('sha512').update(`numbers ${block}`).digest();
      for (let at = 0; at + 8 <= bytes.length && made < count; at += 8, made++) {
        yield (bytes.readBigUInt64LE(at) % 10_000_000_000n).toString().padStart(10, '0');
      }
    }
  }

  it('on 200 000 random numbers', () => {
    expect(disagreements(pseudoRandomNumbers(200_000))).toEqual([]);
  });

  it('on numbers made of few digits, where the rules bite most', () => {
    const few = fc.string({ unit: fc.constantFrom('2', '4', '3', '6'), minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(few, (uin) => {
        expect(disagreements([uin])).toEqual([]);
      }),
    );
  });

  it('so that 5.8 % of the numbers with a right checksum pass, as counted for MOSIP', () => {
    let passed = 0;
    const tries = 100_000;
    for (const uin of pseudoRandomNumbers(tries)) {
      const base = uin.slice(0, 9);
      if (!breaksAnyPolicy(base + verhoeffDigit(base), mosip)) passed++;
    }
    expect(passed / tries).toBeGreaterThan(0.056);
    expect(passed / tries).toBeLessThan(0.0602);
  });
});

describe('a country can change every rule', () => {
  const lax: UinRules = {
    length: 6,
    repeatingLimit: 0,
    sequenceLimit: 0,
    repeatingBlockLimit: 0,
    digitsLimit: 0,
    reverseDigitsLimit: 0,
    evenAdjacentLimit: 0,
    forbidCyclic: false,
    forbiddenPrefixes: [],
    restrictedNumbers: [],
  };
  const number = (base: string): string => base + verhoeffDigit(base);

  it('a limit of zero switches its rule off', () => {
    for (const base of ['11111', '12345', '00000', '24682', '66678']) {
      expect(brokenPolicies(number(base), lax).filter((name) => name !== 'FIRST_TWO_REPEATED')).toEqual([]);
    }
  });

  it('a wider repeating limit forbids digits further apart', () => {
    const uin = number('12314');
    expect(brokenPolicies(uin, { ...lax, repeatingLimit: 2 })).toEqual([]);
    expect(brokenPolicies(uin, { ...lax, repeatingLimit: 3 })).toEqual(['REPEATING_DIGITS']);
  });

  it('prefixes and restricted numbers are any text', () => {
    const rules = { ...lax, forbiddenPrefixes: ['98'], restrictedNumbers: ['41'] };
    expect(brokenPolicies(number('98415'), rules)).toEqual(['PREFIX', 'RESTRICTED']);
  });

  it('longer numbers know longer cyclic numbers', () => {
    const rules = { ...lax, length: 17, forbidCyclic: true };
    expect(brokenPolicies(number('0588235294117647'), rules)).toEqual(['CYCLIC']);
  });
});
