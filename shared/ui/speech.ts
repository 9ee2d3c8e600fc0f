/** A screen's texts and formats in the language that its reader chose. */
import { createInstance, type TOptions } from 'i18next';
import { type Context, createContext } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import { type Formats, formatsFor } from './format.ts';
import { directionOf, type Language, preferredLanguage, rememberLanguage } from './language.ts';

export interface Speech<Key extends string> {
  readonly language: Language;
  readonly format: Formats;
  t(key: Key, values?: Readonly<Record<string, string>>): string;
  /** The plural form that belongs to the count; `{{n}}` in it is the count as the language writes it. */
  count(key: Key, count: number): string;
}

export interface Speaker<Key extends string> {
  readonly SpeechContext: Context<Speech<Key>>;
  useSpeech(): Speech<Key>;
  /** For the screen as a whole: its speech, and how another language is chosen. The title is the document's. */
  useChosenSpeech(title: Key): { readonly speech: Speech<Key>; choose(language: Language): void };
  /** In a language that the reader did not choose: for paper that others will read. */
  speechIn(language: Language): Speech<Key>;
}

export function createSpeaker<Key extends string>(
  texts: Readonly<Record<Language, Readonly<Record<string, string>>>>,
): Speaker<Key> {
  const i18n = createInstance();
  void i18n.init({
    initAsync: false,
    fallbackLng: 'en',
    resources: { en: { translation: texts.en }, fr: { translation: texts.fr }, ar: { translation: texts.ar } },
    // Preact escapes what it shows.
    interpolation: { escapeValue: false },
  });

  function speechIn(language: Language): Speech<Key> {
    // Its own types would look the keys up in one list for all screens; ours are checked where they are asked for.
    const fixed: (key: string, values: TOptions) => string = i18n.getFixedT(language);
    const format = formatsFor(language);
    return {
      language,
      format,
      t: (key, values) => fixed(key, { ...values }),
      count: (key, count) => fixed(key, { count, n: format.number(count) }),
    };
  }

  const SpeechContext = createContext(speechIn('en'));

  return {
    SpeechContext,
    useSpeech: () => useContext(SpeechContext),
    speechIn,
    useChosenSpeech(title) {
      const [language, setLanguage] = useState(preferredLanguage);
      const speech = useMemo(() => speechIn(language), [language]);
      useEffect(() => tellDocument(language, speech.t(title)), [speech, title]);
      const choose = (chosen: Language): void => {
        rememberLanguage(chosen);
        setLanguage(chosen);
      };
      return { speech, choose };
    },
  };
}

/** So that fonts, hyphenation, screen readers and the direction of writing follow. */
function tellDocument(language: Language, title: string): void {
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  document.title = `${title} · Enroute`;
}
