/** One station, for those who look after it: whether it may work, its keys, its invitation, and what can be done about it. */
import { useState } from 'preact/hooks';
import { type StationDetail, stationDetailSchema } from '../api/answers.ts';
import { useLoaded } from '../api/use-loaded.ts';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { hashOf } from '../shell/pages.ts';
import { Heading } from '../ui/heading.tsx';
import { LoadedView } from '../ui/loaded-view.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { StationNumber } from '../ui/station-number.tsx';
import { Time } from '../ui/time.tsx';
import { queuedByState } from './acts.ts';
import { InvitationPanel } from './invitation-panel.tsx';
import { StationActs } from './station-acts.tsx';
import { StationKeys } from './station-keys.tsx';

export function StationPage({ station }: { readonly station: string }) {
  const { t } = useSpeech();
  const { api, mayChange } = useSignedIn();
  const path = `/api/stations/${station}`;
  const loaded = useLoaded(path, () => api.get(path, stationDetailSchema));
  const [said, setSaid] = useState('');
  const administrator = mayChange('stations');

  return (
    <section class="detail">
      <p>
        <a href={hashOf({ page: 'stations' })}>{t('allStations')}</a>
      </p>
      <Heading>
        {t('station')} <StationNumber station={station} />
      </Heading>
      <p role="status">{said}</p>
      <LoadedView loaded={loaded}>
        {(detail) => (
          <>
            <StationFacts detail={detail} />
            {administrator && (
              <StationActs
                detail={detail}
                onDone={(sentence) => {
                  setSaid(sentence);
                  loaded.reload();
                }}
              />
            )}
            {administrator && (
              <InvitationPanel
                station={station}
                pending={detail.invitation}
                queuedBefore={queuedByState(detail.state)}
                onChanged={loaded.reload}
              />
            )}
            <StationKeys detail={detail} />
          </>
        )}
      </LoadedView>
    </section>
  );
}

function StationFacts({ detail }: { readonly detail: StationDetail }) {
  const { t } = useSpeech();
  return (
    <section class="panel">
      <h2>{t('state')}</h2>
      <p>
        <StateBadge state={detail.state} />
      </p>
      <p>{t(`${detail.state}Hint`)}</p>
      {detail.since && (
        <p class="quiet">
          {t('since')} <Time at={detail.since} />
          {detail.by && (
            <>
              {' · '}
              {t('by')} <bdi>{detail.by}</bdi>
            </>
          )}
        </p>
      )}
    </section>
  );
}
