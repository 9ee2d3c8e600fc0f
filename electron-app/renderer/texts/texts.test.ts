import { STATUS_CODES } from '@enroute/shared/status/codes.ts';
import { describe, expect, it } from 'vitest';
import { formatsFor } from '../format.ts';
import { ar } from './ar.ts';
import { en } from './en.ts';
import { fr } from './fr.ts';
import { statusText } from './status-text.ts';

const LANGUAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = { en, fr, ar };
const FORM = /_(zero|one|two|few|many|other)$/;
const english = new Map(Object.entries(en));
const plurals = Object.keys(en).flatMap((key) => (key.endsWith('_other') ? [key.replace(FORM, '')] : []));

describe.each(Object.entries(LANGUAGES))('The texts in %s', (language, texts) => {
  it('have every plural form of the language', () => {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    for (const stem of plurals) {
      for (const form of pluralCategories) expect(Object.keys(texts)).toContain(`${stem}_${form}`);
    }
  });

  it('are never empty and name only values that English names too', () => {
    const values = (text = ''): string[] => text.match(/\{\{\w+\}\}/g) ?? [];
    for (const [key, text] of Object.entries(texts)) {
      expect(text.trim(), key).not.toBe('');
      const allowed = values(english.get(key) ?? english.get(key.replace(FORM, '_other')));
      for (const value of values(text)) expect(allowed, key).toContain(value);
    }
  });
});

describe('The sentence of a code', () => {
  const operatorSees = STATUS_CODES.filter((code) => /^ENR-(OUT|DDP|QUA|VAL|STN)-/.test(code));

  it.each(operatorSees)('%s is there in French and in Arabic', (code) => {
    for (const language of ['fr', 'ar'] as const) {
      const text = statusText(code, language);
      expect(text.language).toBe(language);
      expect(text.sentence).not.toBe(statusText(code, 'en').sentence);
      expect(text.next.trim()).not.toBe('');
    }
  });

  it('that is not translated is shown in English, and says that it is', () => {
    expect(statusText('ENR-PKT-001', 'ar')).toEqual(statusText('ENR-PKT-001', 'en'));
    expect(statusText('ENR-PKT-001', 'ar').language).toBe('en');
  });
});

it('Times to come and times gone are told apart', () => {
  const { ago } = formatsFor('en');
  expect([ago(-2 * 86_400_000), ago(2 * 86_400_000), ago(0)]).toEqual(['in 2 days', '2 days ago', 'now']);
});
