import type { TextKey } from '../texts/texts.ts';
import type { PageName } from './pages.ts';

/** What each page is called, in the bar of links and in the window's title. */
export const TITLES: Readonly<Record<PageName, TextKey>> = {
  stations: 'stationsTitle',
  station: 'station',
  invite: 'inviteStation',
  registrations: 'registrations',
  deadLetters: 'deadLetters',
  pauseRules: 'pauseRules',
  people: 'people',
  services: 'services',
  audit: 'audit',
  account: 'account',
};
