import { describe, expect, it } from 'vitest';
import { formatsFor } from '../format.ts';
import { ar } from './ar.ts';
import { en } from './en.ts';
import { fr } from './fr.ts';

const LANGUAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = { en, fr, ar };
const FORM = /_(zero|one|two|few|many|other)$/;
const stems = (texts: Readonly<Record<string, string>>) =>
  new Set(Object.keys(texts).map((key) => key.replace(FORM, '')));

describe.each(Object.entries(LANGUAGES))('The texts in %s', (language, texts) => {
  it('are there for every key of English, with every plural form of the language', () => {
    expect(stems(texts)).toEqual(stems(en));
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const stem of Object.keys(en)
      .filter((key) => key.endsWith('_other'))
      .map((key) => key.replace(FORM, ''))) {
      for (const form of forms) expect(Object.keys(texts)).toContain(`${stem}_${form}`);
    }
  });

  it('are never empty and name only values that English names too', () => {
    const values = (text: string): string[] => text.match(/\{\{\w+\}\}/g) ?? [];
    for (const [key, text] of Object.entries(texts)) {
      expect(text.trim(), key).not.toBe('');
      const english =
        new Map(Object.entries(en)).get(key) ?? new Map(Object.entries(en)).get(key.replace(FORM, '_other'));
      for (const value of values(text)) expect(values(english ?? ''), key).toContain(value);
    }
  });
});

describe('Formats', () => {
  const { bytes, ago, duration } = formatsFor('en');

  it.each([
    [0, '0 byte'],
    [999, '999 byte'],
    [1_000, '1 kB'],
    [41_300_000, '41 MB'],
    [3_400_000, '3.4 MB'],
  ])('write %i bytes as %s', (value, text) => {
    expect(bytes(value)).toBe(text);
  });

  it.each([
    [-500, 'now'],
    [59_999, '59 seconds ago'],
    [3_600_000, '1 hour ago'],
    [26 * 3_600_000, 'yesterday'],
  ])('write %i ms ago as %s', (ageMs, text) => {
    expect(ago(ageMs)).toBe(text);
  });

  it('write a duration in its largest unit', () => {
    expect([duration(300_000), duration(500)]).toEqual(['5 minutes', '0 seconds']);
  });
});
