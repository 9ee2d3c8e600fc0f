import { LANGUAGE_CODES, LANGUAGES, type Language } from './language.ts';

interface Properties {
  /** The word for "language", in the present one. */
  readonly name: string;
  readonly language: Language;
  readonly onChoose: (language: Language) => void;
}

/** Each language by its own name, so that whoever landed in the wrong one finds the way back. */
export function LanguageSwitch({ name, language, onChoose }: Properties) {
  return (
    <fieldset class="languages">
      <legend class="unseen">{name}</legend>
      {LANGUAGE_CODES.map((code) => (
        <button key={code} type="button" lang={code} aria-pressed={code === language} onClick={() => onChoose(code)}>
          {LANGUAGES[code]}
        </button>
      ))}
    </fieldset>
  );
}
