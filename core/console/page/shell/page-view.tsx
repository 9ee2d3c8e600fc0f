/** Which component shows which page. */

import { PeoplePage } from '../people/people-page.tsx';
import { ServicesPage } from '../people/services-page.tsx';
import { PauseRulesPage } from '../pipeline/pause-rules-page.tsx';
import { AuditPage } from '../records/audit-page.tsx';
import { DeadLettersPage } from '../records/dead-letters-page.tsx';
import { RegistrationsPage } from '../records/registrations-page.tsx';
import { AccountPage } from '../session/account-page.tsx';
import { InvitePage } from '../station/invite-page.tsx';
import { StationPage } from '../station/station-page.tsx';
import { StationsPage } from '../stations/stations-page.tsx';
import type { Page } from './pages.ts';

export function PageView({ page }: { readonly page: Page }) {
  switch (page.page) {
    case 'stations':
      return <StationsPage />;
    case 'invite':
      return <InvitePage />;
    case 'station':
      return <StationPage key={page.station} station={page.station} />;
    case 'registrations':
      return <RegistrationsPage key={page.rid ?? ''} rid={page.rid} />;
    case 'deadLetters':
      return <DeadLettersPage />;
    case 'pauseRules':
      return <PauseRulesPage />;
    case 'people':
      return <PeoplePage />;
    case 'services':
      return <ServicesPage />;
    case 'audit':
      return <AuditPage />;
    case 'account':
      return <AccountPage />;
  }
}
