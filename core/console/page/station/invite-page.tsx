import { useSpeech } from '../language.ts';
import { hashOf } from '../shell/pages.ts';
import { Heading } from '../ui/heading.tsx';
import { InvitationForm } from './invitation-form.tsx';

/** For a station that the core does not know yet: its number is all that is needed. */
export function InvitePage() {
  const { t } = useSpeech();
  return (
    <section class="detail">
      <p>
        <a href={hashOf({ page: 'stations' })}>{t('allStations')}</a>
      </p>
      <Heading>{t('inviteStation')}</Heading>
      <section class="panel">
        <p>{t('inviteMeaning')}</p>
        <InvitationForm />
      </section>
    </section>
  );
}
