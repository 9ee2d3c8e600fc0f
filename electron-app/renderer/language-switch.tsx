import { LANGUAGE_CODES, LANGUAGES, type Language, useSpeech } from './language.ts';

/** Each language by its own name, so that whoever landed in the wrong one finds the way back. */
export function LanguageSwitch({ onChoose }: { readonly onChoose: (language: Language) => void }) {
  const { language, t } = useSpeech();
  return (
    <fieldset class="languages">
      <legend class="unseen">{t('language')}</legend>
      {LANGUAGE_CODES.map((code) => (
        <button key={code} type="button" lang={code} aria-pressed={code === language} onClick={() => onChoose(code)}>
          {LANGUAGES[code]}
        </button>
      ))}
    </fieldset>
  );
}
