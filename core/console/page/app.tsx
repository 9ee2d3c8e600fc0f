/** The page as a whole: the core's news on one side, the reader's choices (language, order) on the other. */
import { LanguageSwitch } from '@enroute/shared/ui/language-switch.tsx';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { StationStatus } from '../../ops/station-status-schema.ts';
import { Announcer } from './announcer.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { type Connection, type Feed, openFeed } from './feed.ts';
import { SpeechContext, useChosenSpeech } from './language.ts';
import { StationTable } from './station-table.tsx';
import { viewOf } from './station-view.ts';
import { SummaryLine } from './summary-line.tsx';

const TICK_MS = 1_000;

interface News {
  readonly statuses: readonly StationStatus[];
  /** When they came, by the core's clock. */
  readonly asOfMs: number;
}

export function App() {
  const { speech, choose } = useChosenSpeech('title');
  const { news, connection, nowMs, retryNow } = useCore();
  const views = useMemo(() => news?.statuses.map((status) => viewOf(status, nowMs)), [news, nowMs]);

  return (
    <SpeechContext.Provider value={speech}>
      <header class="top">
        <p class="mark">Enroute</p>
        <LanguageSwitch name={speech.t('language')} language={speech.language} onChoose={choose} />
      </header>
      <main>
        <h1>{speech.t('title')}</h1>
        <ConnectionBanner connection={connection} asOfMs={news?.asOfMs} onRetry={retryNow} />
        {views ? (
          <>
            <SummaryLine views={views} />
            {views.length > 0 ? <StationTable views={views} nowMs={nowMs} /> : <Empty />}
          </>
        ) : (
          connection.state === 'connecting' && <p class="quiet">{speech.t('loading')}</p>
        )}
        <Announcer views={views} connection={connection.state} />
      </main>
    </SpeechContext.Provider>
  );

  function Empty() {
    return (
      <section class="empty">
        <p>{speech.t('empty')}</p>
        <p class="quiet">{speech.t('emptyNext')}</p>
      </section>
    );
  }
}

function useCore() {
  const [news, setNews] = useState<News>();
  const [connection, setConnection] = useState<Connection>({ state: 'connecting' });
  const [offsetMs, setOffsetMs] = useState(0);
  const [tickMs, setTickMs] = useState(Date.now);
  const [feed, setFeed] = useState<Feed>();

  useEffect(() => {
    let clockOffsetMs = 0;
    const opened = openFeed({
      onStatuses: (statuses) => setNews({ statuses, asOfMs: Date.now() + clockOffsetMs }),
      onConnection: setConnection,
      onClock: (measuredMs) => {
        clockOffsetMs = measuredMs;
        setOffsetMs(measuredMs);
      },
    });
    setFeed(opened);
    return opened.close;
  }, []);

  useEffect(() => {
    const timer = setInterval(() => setTickMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);

  return { news, connection, nowMs: tickMs + offsetMs, retryNow: () => feed?.retryNow() };
}
