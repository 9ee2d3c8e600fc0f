/** The sentence of a code and what to do next, in the reader's language where there is a translation. */
import { describeStatus, type StatusCode } from '@enroute/shared/status/codes.ts';
import type { Language } from '@enroute/shared/ui/language.ts';
import { statusAr } from './status-ar.ts';
import { statusFr } from './status-fr.ts';

interface StatusText {
  readonly sentence: string;
  readonly next: string;
}

export type StatusTexts = Readonly<Partial<Record<StatusCode, StatusText>>>;

/** English stands in shared/status/codes.ts itself. */
const TRANSLATIONS: Readonly<Record<Exclude<Language, 'en'>, StatusTexts>> = { fr: statusFr, ar: statusAr };

/** `language` is the one that the texts are really in, for screen readers and the direction of writing. */
export function statusText(code: StatusCode, language: Language): StatusText & { readonly language: Language } {
  const translated = language === 'en' ? undefined : TRANSLATIONS[language][code];
  return translated ? { ...translated, language } : { ...describeStatus(code), language: 'en' };
}
