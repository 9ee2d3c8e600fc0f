/** What holds for the texts of every screen. The types see to the keys; they can't see an empty text or a mistyped value. */
import { describe, expect, it } from 'vitest';
import type { Language } from './language.ts';

type Texts = Readonly<Record<string, string>>;

const FORM = /_(zero|one|two|few|many|other)$/;
const stems = (texts: Texts): Set<string> => new Set(Object.keys(texts).map((key) => key.replace(FORM, '')));
const values = (text = ''): string[] => text.match(/\{\{\w+\}\}/g) ?? [];

export function describeTexts(languages: Readonly<Record<Language, Texts>>): void {
  const english = languages.en;
  const plurals = Object.keys(english).flatMap((key) => (key.endsWith('_other') ? [key.replace(FORM, '')] : []));

  describe.each(Object.entries(languages))('The texts in %s', (language, texts) => {
    it('are there for every key of English, with every plural form of the language', () => {
      expect(stems(texts)).toEqual(stems(english));
      const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
      for (const stem of plurals) {
        for (const form of pluralCategories) expect(Object.keys(texts)).toContain(`${stem}_${form}`);
      }
    });

    it('are never empty and name only values that English names too', () => {
      for (const [key, text] of Object.entries(texts)) {
        expect(text.trim(), key).not.toBe('');
        const allowed = values(english[key] ?? english[key.replace(FORM, '_other')]);
        for (const value of values(text)) expect(allowed, key).toContain(value);
      }
    });
  });
}
