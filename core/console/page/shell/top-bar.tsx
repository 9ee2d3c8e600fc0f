/** The bar at the top: where one can go, who one is, the language, and the way out. */

import type { Language } from '@enroute/shared/ui/language.ts';
import { LanguageSwitch } from '@enroute/shared/ui/language-switch.tsx';
import { useSpeech } from '../language.ts';
import { hashOf, type Page, type Section, sectionOf } from './pages.ts';
import { TITLES } from './titles.ts';

interface Properties {
  /** Without anybody signed in there is only the language. */
  readonly signedIn?: {
    readonly id: string;
    readonly sections: readonly Section[];
    readonly page: Page | undefined;
    readonly onSignOut: () => void;
  };
  readonly onLanguage: (language: Language) => void;
}

export function TopBar({ signedIn, onLanguage }: Properties) {
  const { t, language } = useSpeech();
  return (
    <header class="top">
      <p class="mark">Enroute</p>
      {signedIn && signedIn.sections.length > 0 && (
        <nav aria-label={t('pages')}>
          {signedIn.sections.map((section) => (
            <a
              key={section}
              class="top-link"
              href={hashOf({ page: section })}
              {...(signedIn.page && sectionOf(signedIn.page) === section && { 'aria-current': 'page' as const })}
            >
              {t(TITLES[section])}
            </a>
          ))}
        </nav>
      )}
      <div class="top-end">
        {signedIn && (
          <p class="who">
            <a
              class="top-link"
              href={hashOf({ page: 'account' })}
              {...(signedIn.page?.page === 'account' && { 'aria-current': 'page' as const })}
            >
              <span class="unseen">{t('account')}: </span>
              <bdi>{signedIn.id}</bdi>
            </a>
            <button type="button" onClick={signedIn.onSignOut}>
              {t('signOut')}
            </button>
          </p>
        )}
        <LanguageSwitch name={t('language')} language={language} onChoose={onLanguage} />
      </div>
    </header>
  );
}
