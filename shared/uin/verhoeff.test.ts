import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verhoeffDigit, verhoeffHolds } from './verhoeff.ts';

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });

describe('the Verhoeff checksum', () => {
  it.each([
    ['236', '3'],
    ['12345', '1'],
    ['142857', '0'],
    ['123456789012', '0'],
    ['84736430954837284567892', '2'],
  ])('of %s is %s, as published', (base, check) => {
    expect(verhoeffDigit(base)).toBe(check);
    expect(verhoeffHolds(base + check)).toBe(true);
  });

  it('holds for exactly one last digit', () => {
    fc.assert(
      fc.property(digits(1, 20), (base) => {
        const holding = [...'0123456789'].filter((last) => verhoeffHolds(base + last));
        expect(holding).toEqual([verhoeffDigit(base)]);
      }),
    );
  });

  it('sees every single wrong digit', () => {
    fc.assert(
      fc.property(digits(9, 15), (base) => {
        const whole = base + verhoeffDigit(base);
        for (let at = 0; at < whole.length; at++) {
          for (const wrong of '0123456789') {
            const changed = whole.slice(0, at) + wrong + whole.slice(at + 1);
            expect(verhoeffHolds(changed)).toBe(changed === whole);
          }
        }
      }),
    );
  });

  it('sees every swap of two neighbours', () => {
    fc.assert(
      fc.property(digits(9, 15), (base) => {
        const whole = base + verhoeffDigit(base);
        for (let at = 0; at + 1 < whole.length; at++) {
          const swapped = whole.slice(0, at) + whole.charAt(at + 1) + whole.charAt(at) + whole.slice(at + 2);
          expect(verhoeffHolds(swapped)).toBe(swapped === whole);
        }
      }),
    );
  });

  it.each(['', '3', '12a4', ' 2363', '2363 ', '٢٣٦٣'])('does not hold for %j, which is no number', (text) => {
    expect(verhoeffHolds(text)).toBe(false);
  });
});
