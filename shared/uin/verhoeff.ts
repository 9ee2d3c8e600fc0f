/**
 * The Verhoeff checksum: the last digit of every UIN. It catches every single wrong digit and every swap of two
 * neighbours, the two mistakes people make most when they copy a number by hand.
 *
 * Digits are combined in the dihedral group of the pentagon (0-4 turn it, 5-9 turn and flip it), after a permutation
 * that depends on the digit's place counted from the right.
 */

function combine(a: number, b: number): number {
  if (a < 5) return b < 5 ? (a + b) % 5 : 5 + ((a + b) % 5);
  return b < 5 ? 5 + ((a - b + 5) % 5) : (a - b + 5) % 5;
}

const FIRST_PERMUTATION = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4] as const;
const PERIOD = 8;

/** The permutation applied 0 to 7 times; the eighth time is the identity again. */
const PERMUTED: readonly (readonly number[])[] = Array.from({ length: PERIOD }, (_, times) =>
  Array.from({ length: 10 }, (_unused, digit) => {
    let value = digit;
    for (let i = 0; i < times; i++) value = FIRST_PERMUTATION[value] ?? 0;
    return value;
  }),
);

function fold(digits: string, firstPlace: number): number {
  let check = 0;
  for (let i = digits.length - 1, place = firstPlace; i >= 0; i--, place++) {
    check = combine(check, PERMUTED[place % PERIOD]?.[digits.charCodeAt(i) - 48] ?? 0);
  }
  return check;
}

/** The digit to append to `digits`. */
export function verhoeffDigit(digits: string): string {
  const check = fold(digits, 1);
  return String(check < 5 ? (5 - check) % 5 : check);
}

/** Whether the last digit of `digits` is the checksum of the others. */
export function verhoeffHolds(digits: string): boolean {
  return /^\d{2,}$/.test(digits) && fold(digits, 0) === 0;
}
