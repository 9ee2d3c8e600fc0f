/** How the link to the core stands, why, and what a person can do about it. */
import type { LinkOrder, LinkView, StationView } from '../shared-api.ts';
import { Card } from './card.tsx';
import { useSpeech } from './language.ts';
import { StatusNote } from './status-note.tsx';
import type { TextKey } from './texts/texts.ts';
import './station-window.ts';

/** A difference of the clocks that shows on paper. */
const CLOCK_OFF_MS = 2 * 60 * 1_000;
const STOPPED_BY_PERSON = 'ENR-LNK-005';

const WORDS: Readonly<Record<LinkView['state'], { readonly text: TextKey; readonly tone: string }>> = {
  offline: { text: 'linkDown', tone: 'bad' },
  probing: { text: 'linkDown', tone: 'bad' },
  online: { text: 'linkUp', tone: 'good' },
  metered: { text: 'linkMetered', tone: 'warn' },
  paused: { text: 'linkPaused', tone: 'warn' },
  blocked: { text: 'linkBlocked', tone: 'bad' },
};

interface Properties {
  readonly status: StationView;
  readonly nowMs: number;
}

export function LinkCard({ status: { link, clockOffsetMs }, nowMs }: Properties) {
  const { t, format } = useSpeech();
  const since = new Date(link.since);
  const offsetMs = clockOffsetMs ?? 0;
  const { text, tone } = WORDS[link.state];
  return (
    <Card name="link" title={t('link')}>
      <p class="figure">
        <span class="badge" data-tone={tone}>
          {t(text)}
        </span>
      </p>
      <p class="quiet">
        {t('since', { time: format.dateTime(since), ago: format.ago(Math.max(0, nowMs - since.getTime())) })}
      </p>
      <Why link={link} />
      <Plan link={link} />
      {Math.abs(offsetMs) > CLOCK_OFF_MS && (
        <p class="warn">
          {t(offsetMs > 0 ? 'clockAhead' : 'clockBehind', { amount: format.duration(Math.abs(offsetMs)) })}
        </p>
      )}
      <Orders link={link} />
    </Card>
  );
}

function Why({ link: { up, code, detail } }: { readonly link: LinkView }) {
  const { t } = useSpeech();
  if (code) return <StatusNote code={code} />;
  if (up) return null;
  return (
    <>
      <p>{t(detail ? 'noAnswer' : 'notYet')}</p>
      {detail && (
        <p class="code">
          {t('forSupport', { detail: '' })}
          <bdi lang="en">{detail}</bdi>
        </p>
      )}
    </>
  );
}

function Plan({ link: { state, opensAt, nextTryAt, sentTodayBytes, dailyBytes } }: { readonly link: LinkView }) {
  const { t, format } = useSpeech();
  return (
    <>
      {state === 'metered' && opensAt && <p>{t('goesOnAt', { time: format.dateTime(new Date(opensAt)) })}</p>}
      {nextTryAt && <p class="quiet">{t('nextTry', { time: format.dateTime(new Date(nextTryAt)) })}</p>}
      {dailyBytes !== null && (
        <p class="quiet">{t('sentToday', { sent: format.bytes(sentTodayBytes), total: format.bytes(dailyBytes) })}</p>
      )}
    </>
  );
}

function Orders({ link: { state, code } }: { readonly link: LinkView }) {
  const { t } = useSpeech();
  const isStopped = code === STOPPED_BY_PERSON;
  const isSearching = state === 'offline' || state === 'probing' || state === 'blocked';
  // What comes of it is told like every change.
  const order = (what: LinkOrder) => () => void window.station.steerLink(what);
  return (
    <p class="orders">
      {isSearching && (
        <button type="button" class="action" onClick={order('try')}>
          {t('tryNow')}
        </button>
      )}
      <button type="button" class="action" onClick={order(isStopped ? 'resume' : 'pause')}>
        {t(isStopped ? 'resumeLink' : 'pauseLink')}
      </button>
    </p>
  );
}
