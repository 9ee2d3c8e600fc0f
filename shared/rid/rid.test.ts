import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRid, isRid, MAX_SEQUENCE, parseRid } from './rid.ts';

describe('a RID', () => {
  it('is read into its parts', () => {
    expect(parseRid('10001100770000120240229235959')).toEqual({
      station: '1000110077',
      center: '10001',
      machine: '10077',
      sequence: 1,
      at: new Date('2024-02-29T23:59:59Z'),
    });
  });

  it.each([
    ['28 digits', '1000110077000012024022923595'],
    ['30 digits', '100011007700001202402292359590'],
    ['a letter', '10001100770000120240229235a59'],
    ['digits of another script', '١٠٠٠١١٠٠٧٧٠٠٠٠١٢٠٢٤٠٢٢٩٢٣٥٩٥٩'],
  ])('is refused with %s', (_, text) => {
    expect(() => parseRid(text)).toThrow(/ENR-RID-001/);
  });

  it.each([
    '20230229000000',
    '19000229000000',
    '20240230000000',
    '20241301000000',
    '20240100000000',
    '20240101240000',
    '20240101006000',
    '20240101000060',
  ])('is refused when %s is not in the calendar', (at) => {
    expect(() => parseRid(`100011007700001${at}`)).toThrow(/ENR-RID-002/);
    expect(isRid(`100011007700001${at}`)).toBe(false);
  });

  it('reads back what was written, for every station, sequence and second', () => {
    const second = fc.date({
      min: new Date('1000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(
        fc.stringMatching(/^\d{10}$/),
        fc.integer({ min: 1, max: MAX_SEQUENCE }),
        second,
        (station, sequence, at) => {
          const rid = parseRid(formatRid(station, sequence, at));
          expect(rid).toMatchObject({ station, sequence });
          expect(rid.at.getTime()).toBe(Math.floor(at.getTime() / 1000) * 1000);
        },
      ),
    );
  });

  it('is not made from a sequence or station out of range', () => {
    const at = new Date(0);
    expect(() => formatRid('1000110077', 0, at)).toThrow(RangeError);
    expect(() => formatRid('1000110077', MAX_SEQUENCE + 1, at)).toThrow(RangeError);
    expect(() => formatRid('100011007', 1, at)).toThrow(RangeError);
  });
});
