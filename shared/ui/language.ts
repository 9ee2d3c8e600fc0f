/** The languages that the screens speak, and which of them the reader wants. */

export const LANGUAGES = { en: 'English', fr: 'Français', ar: 'العربية' } as const;
export type Language = keyof typeof LANGUAGES;
export const LANGUAGE_CODES = Object.keys(LANGUAGES) as readonly Language[];

const RIGHT_TO_LEFT: ReadonlySet<Language> = new Set<Language>(['ar']);
/** One name is enough: a screen has an origin, and so a storage, of its own. */
const REMEMBERED = 'enroute-language';

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.has(language) ? 'rtl' : 'ltr';
}

/** What was chosen last; otherwise the first language of this computer that there are texts for. */
export function preferredLanguage(): Language {
  const wished = [remembered(), ...navigator.languages.map((tag) => tag.split('-')[0])];
  for (const wish of wished) {
    const known = LANGUAGE_CODES.find((code) => code === wish);
    if (known) return known;
  }
  return 'en';
}

export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem(REMEMBERED, language);
  } catch {
    // A browser that keeps nothing: the choice lasts as long as the page.
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}
