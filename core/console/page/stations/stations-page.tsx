/** How every station's synchronisation stands, as it happens. */
import { useMemo, useState } from 'preact/hooks';
import { useSpeech } from '../language.ts';
import { useSignedIn } from '../session/session-context.ts';
import { hashOf } from '../shell/pages.ts';
import { Heading } from '../ui/heading.tsx';
import { Announcer } from './announcer.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { filterViews, NO_FILTER } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { StationTable } from './station-table.tsx';
import { viewOf } from './station-view.ts';
import { SummaryLine } from './summary-line.tsx';
import { useStations } from './use-stations.ts';

export function StationsPage() {
  const { t } = useSpeech();
  const { look, mayChange } = useSignedIn();
  const { news, connection, nowMs, retryNow } = useStations(look);
  const [filter, setFilter] = useState(NO_FILTER);
  const views = useMemo(() => news?.statuses.map((status) => viewOf(status, nowMs)), [news, nowMs]);
  const shown = useMemo(() => filterViews(views ?? [], filter), [views, filter]);

  return (
    <>
      <div class="head">
        <Heading>{t('stationsTitle')}</Heading>
        {mayChange('stations') && (
          <a class="act" data-tone="main" href={hashOf({ page: 'invite' })}>
            {t('inviteStation')}
          </a>
        )}
      </div>
      <ConnectionBanner connection={connection} asOfMs={news?.asOfMs} onRetry={retryNow} />
      {views ? (
        <>
          <SummaryLine views={views} />
          {views.length > 0 && <FilterBar filter={filter} shown={shown.length} onFilter={setFilter} />}
          {views.length > 0 ? <StationTable views={shown} nowMs={nowMs} /> : <Empty />}
        </>
      ) : (
        connection.state === 'connecting' && <p class="quiet">{t('loading')}</p>
      )}
      <Announcer views={views} connection={connection.state} />
    </>
  );
}

function Empty() {
  const { t } = useSpeech();
  return (
    <section class="empty">
      <p>{t('empty')}</p>
      <p class="quiet">{t('emptyNext')}</p>
    </section>
  );
}
