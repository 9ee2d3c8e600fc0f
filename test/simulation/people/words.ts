import type { LocalText } from '@enroute/shared/enrolment/enrolment.ts';
import type { Rng } from './rng.ts';

/**
 * Invented words in two scripts. Each is made of syllables that are spelled in English, in French and in Arabic side
 * by side, so the three spellings of a word always agree, and no word is taken from a real person.
 */
export interface Word {
  readonly eng: string;
  readonly fra: string;
  readonly ara: string;
}

const SYLLABLES: readonly Word[] = (
  [
    ['ba', 'ba', 'با'],
    ['di', 'di', 'دي'],
    ['fa', 'fa', 'فا'],
    ['ja', 'dja', 'جا'],
    ['ha', 'ha', 'ها'],
    ['ka', 'ka', 'كا'],
    ['la', 'la', 'لا'],
    ['ma', 'ma', 'ما'],
    ['na', 'na', 'نا'],
    ['ra', 'ra', 'را'],
    ['sa', 'sa', 'سا'],
    ['sha', 'cha', 'شا'],
    ['ta', 'ta', 'تا'],
    ['wa', 'oua', 'وا'],
    ['ya', 'ya', 'يا'],
    ['za', 'za', 'زا'],
    ['li', 'li', 'لي'],
    ['mi', 'mi', 'مي'],
    ['ni', 'ni', 'ني'],
    ['ri', 'ri', 'ري'],
    ['si', 'ci', 'سي'],
    ['zi', 'zi', 'زي'],
    ['bu', 'bou', 'بو'],
    ['du', 'dou', 'دو'],
    ['ku', 'kou', 'كو'],
    ['lu', 'lou', 'لو'],
    ['mu', 'mou', 'مو'],
    ['nur', 'nour', 'نور'],
    ['su', 'sou', 'سو'],
    ['shi', 'chi', 'شي'],
    ['len', 'lène', 'لين'],
    ['rim', 'rîm', 'ريم'],
    ['sel', 'sél', 'سيل'],
    ['gha', 'gha', 'غا'],
    ['khe', 'khé', 'خي'],
    ['dan', 'dân', 'دان'],
  ] as const
).map(([eng, fra, ara]) => ({ eng, fra, ara }));

export function word(rng: Rng, syllables: number): Word {
  const parts = Array.from({ length: syllables }, () => rng.pick(SYLLABLES));
  const spelled = (language: keyof Word): string => parts.map((part) => part[language]).join('');
  return { eng: capital(spelled('eng')), fra: capital(spelled('fra')), ara: spelled('ara') };
}

export function joined(words: readonly Word[], between = ' '): Word {
  const spelled = (language: keyof Word): string => words.map((part) => part[language]).join(between);
  return { eng: spelled('eng'), fra: spelled('fra'), ara: spelled('ara') };
}

/** The same in every language: codes and numbers. */
export const same = (text: string): Word => ({ eng: text, fra: text, ara: text });

export const LANGUAGES = ['eng', 'fra', 'ara'] as const;

export function texts(spelled: Word): LocalText[] {
  return LANGUAGES.map((language) => ({ language, value: spelled[language] }));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
