import type { UinRules } from './rules.ts';
import { verhoeffHolds } from './verhoeff.ts';

/** A policy's predicate answers: does this number BREAK the rule? It may be asked about any text at all. */
type Breaks = (uin: string, rules: UinRules) => boolean;

/** Policy 1. Digits only. */
const hasOtherThanDigits: Breaks = (uin) => !/^[0-9]*$/.test(uin);

/** Policy 2. A digit again within `repeatingLimit` places. */
const repeatsDigit: Breaks = (uin, { repeatingLimit }) => {
  for (let i = 0; i < uin.length; i++) {
    for (let j = i + 1; j <= i + repeatingLimit && j < uin.length; j++) if (uin[i] === uin[j]) return true;
  }
  return false;
};

/** Policy 3. A run that counts up or down; 9 and 0 are neighbours. */
const UPWARDS = '01234567890123456789';
const DOWNWARDS = '98765432109876543210';
const runsInSequence: Breaks = (uin, { sequenceLimit }) =>
  someWindow(uin, sequenceLimit, (window) => UPWARDS.includes(window) || DOWNWARDS.includes(window));

/** Policy 5. A block that comes again later, without overlap. Longer blocks contain one of the shortest length. */
const repeatsBlock: Breaks = (uin, { repeatingBlockLimit: limit }) =>
  someWindow(uin, limit, (window, at) => uin.indexOf(window, at + limit) !== -1);

/** Policy 6. The last digit is the Verhoeff checksum of the others. */
const failsChecksum: Breaks = (uin) => !verhoeffHolds(uin);

/** Policy 7. What it may not begin with. */
const beginsForbidden: Breaks = (uin, { forbiddenPrefixes }) =>
  forbiddenPrefixes.some((prefix) => uin.startsWith(prefix));

/** Policy 8. 43456 43456. */
const endsAsItBegins: Breaks = (uin, { digitsLimit: limit }) =>
  limit > 0 && uin.length >= limit && uin.slice(0, limit) === uin.slice(-limit);

/** Policy 9. 43456 65434. */
const endsAsItBeginsReversed: Breaks = (uin, { reverseDigitsLimit: limit }) =>
  limit > 0 && uin.length >= limit && uin.slice(0, limit) === [...uin.slice(-limit)].reverse().join('');

/**
 * Policy 10. MOSIP reads "cyclic" as the cyclic numbers of arithmetic. The founding examples, 4567890123 and
 * 6543210987, are runs that wrap from 9 to 0 and fall to policy 3.
 */
const containsCyclic: Breaks = (uin, { forbidCyclic }) =>
  forbidCyclic && CYCLIC_NUMBERS.some((cyclic) => uin.includes(cyclic));

/** Policy 11. 34 34 34 34 34. MOSIP has no filter for it: policies 2 and 5 catch it too. */
const repeatsFirstTwo: Breaks = (uin) =>
  uin.length > 2 && uin.length % 2 === 0 && uin === uin.slice(0, 2).repeat(uin.length / 2);

/** Policy 12. Even neighbours; 0 is not counted. */
const hasEvenNeighbours: Breaks = (uin, { evenAdjacentLimit }) =>
  someWindow(uin, evenAdjacentLimit, (window) => /^[2468]+$/.test(window));

/** Policy 13. What the administrators restricted. */
const containsRestricted: Breaks = (uin, { restrictedNumbers }) =>
  restrictedNumbers.some((restricted) => uin.includes(restricted));

const hasWrongLength: Breaks = (uin, { length }) => uin.length !== length;

/**
 * Every rule that a number can break by itself, in the founding document's order. Its policy 4, "not generated
 * sequentially", is about how numbers are drawn: `drawUin` draws each anew, and `followsInSequence` tells a breach.
 */
export const UIN_POLICIES = {
  LENGTH: hasWrongLength,
  DIGITS_ONLY: hasOtherThanDigits,
  REPEATING_DIGITS: repeatsDigit,
  SEQUENTIAL_DIGITS: runsInSequence,
  REPEATING_BLOCK: repeatsBlock,
  CHECKSUM: failsChecksum,
  PREFIX: beginsForbidden,
  FIRST_EQUALS_LAST: endsAsItBegins,
  FIRST_EQUALS_LAST_REVERSED: endsAsItBeginsReversed,
  CYCLIC: containsCyclic,
  FIRST_TWO_REPEATED: repeatsFirstTwo,
  EVEN_ADJACENT: hasEvenNeighbours,
  RESTRICTED: containsRestricted,
} as const satisfies Readonly<Record<string, Breaks>>;

export type PolicyName = keyof typeof UIN_POLICIES | 'GENERATED_SEQUENTIALLY';

/** Policy 4. Whether two numbers, one drawn after the other, are neighbours once their checksums are taken off. */
export function followsInSequence(uin: string, previous: string): boolean {
  if (!/^\d{2,}$/.test(uin) || !/^\d{2,}$/.test(previous)) return false;
  const distance = BigInt(uin.slice(0, -1)) - BigInt(previous.slice(0, -1));
  return distance === 1n || distance === -1n;
}

/** Every rule that the number breaks; empty when it may be issued. `previous` is the number drawn just before it. */
export function brokenPolicies(uin: string, rules: UinRules, previous?: string): PolicyName[] {
  const broken: PolicyName[] = [];
  for (const [name, breaks] of POLICY_LIST) if (breaks(uin, rules)) broken.push(name);
  if (previous !== undefined && followsInSequence(uin, previous)) broken.push('GENERATED_SEQUENTIALLY');
  return broken;
}

const POLICY_LIST = Object.entries(UIN_POLICIES) as readonly [keyof typeof UIN_POLICIES, Breaks][];

/** Whether the number breaks any rule; `brokenPolicies` without the list, for drawing. */
export function breaksAnyPolicy(uin: string, rules: UinRules): boolean {
  return POLICY_LIST.some(([, breaks]) => breaks(uin, rules));
}

function someWindow(text: string, size: number, test: (window: string, at: number) => boolean): boolean {
  if (size <= 0) return false;
  for (let at = 0; at + size <= text.length; at++) if (test(text.slice(at, at + size), at)) return true;
  return false;
}

/** The full-length repetends of 1/p for the primes below 100, by long division: 142857, 0588235294117647, … */
const CYCLIC_NUMBERS: readonly string[] = [7, 17, 19, 23, 29, 47, 59, 61, 97].map((prime) => {
  let remainder = 1;
  let digits = '';
  for (let i = 1; i < prime; i++) {
    digits += Math.floor((remainder * 10) / prime);
    remainder = (remainder * 10) % prime;
  }
  return digits;
});
