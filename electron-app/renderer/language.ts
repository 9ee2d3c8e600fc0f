/** The reader's language: which there are, which was chosen, and the texts and formats in it. */
import { createInstance } from 'i18next';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Formats, formatsFor } from './format.ts';
import { ar } from './texts/ar.ts';
import { en } from './texts/en.ts';
import { fr } from './texts/fr.ts';
import type { TextKey } from './texts/texts.ts';

export const LANGUAGES = { en: 'English', fr: 'Français', ar: 'العربية' } as const;
export type Language = keyof typeof LANGUAGES;
export const LANGUAGE_CODES = Object.keys(LANGUAGES) as readonly Language[];

const RIGHT_TO_LEFT: ReadonlySet<Language> = new Set<Language>(['ar']);
const REMEMBERED = 'enroute-language';

interface Speech {
  readonly language: Language;
  readonly format: Formats;
  t(key: TextKey, values?: Readonly<Record<string, string>>): string;
  /** The plural form that belongs to the count; `{{n}}` in it is the count as the language writes it. */
  count(key: TextKey, count: number): string;
}

const i18n = createInstance();
void i18n.init({
  initAsync: false,
  fallbackLng: 'en',
  resources: { en: { translation: en }, fr: { translation: fr }, ar: { translation: ar } },
  // Preact escapes what it shows.
  interpolation: { escapeValue: false },
});

export function speechIn(language: Language): Speech {
  const fixed = i18n.getFixedT(language);
  const format = formatsFor(language);
  return {
    language,
    format,
    t: (key, values) => fixed(key, { ...values }),
    count: (key, count) => fixed(key, { count, n: format.number(count) }),
  };
}

export const SpeechContext = createContext<Speech>(speechIn('en'));
export const useSpeech = (): Speech => useContext(SpeechContext);

/** What was chosen last; otherwise the first language of this computer that there are texts for. */
export function preferredLanguage(): Language {
  const wished = [remembered(), ...navigator.languages.map((tag) => tag.split('-')[0])];
  return (
    LANGUAGE_CODES.find((code) => code === wished.find((one) => LANGUAGE_CODES.some((has) => has === one))) ?? 'en'
  );
}

export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem(REMEMBERED, language);
  } catch {
    // A window that keeps nothing: the choice lasts as long as the window.
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.has(language) ? 'rtl' : 'ltr';
}

/** Tells the document, so that fonts, hyphenation, screen readers and the direction of writing follow. */
export function applyLanguage({ language, t }: Speech): void {
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  document.title = `${t('queue')} · Enroute`;
}
