/** What an operator wants to know at a glance: am I connected, what is waiting, is something wrong, may I go on. */
import type { ComponentChildren } from 'preact';
import type { LimitsView, StationView } from '../shared-api.ts';
import { useSpeech } from './language.ts';
import { LimitNotes } from './limit-notes.tsx';
import { StatusNote } from './status-note.tsx';

/** A difference of the clocks that shows on paper. */
const CLOCK_OFF_MS = 2 * 60 * 1_000;

interface Properties {
  readonly status: StationView;
  readonly nowMs: number;
}

export function Overview({ status, nowMs }: Properties) {
  return (
    <>
      <div class="overview">
        <LinkCard status={status} nowMs={nowMs} />
        <WaitingCard status={status} nowMs={nowMs} />
        <SetAsideCard setAside={status.setAside} />
        <RoomCard limits={status.limits} nowMs={nowMs} />
      </div>
      <LimitNotes findings={status.limits.findings} />
    </>
  );
}

interface CardProperties {
  readonly name: string;
  readonly title: string;
  readonly children: ComponentChildren;
}

function Card({ name, title, children }: CardProperties) {
  return (
    <section class={`card ${name}`} aria-labelledby={`${name}-title`}>
      <h2 id={`${name}-title`}>{title}</h2>
      {children}
    </section>
  );
}

function LinkCard({ status: { link, clockOffsetMs }, nowMs }: Properties) {
  const { t, format } = useSpeech();
  const since = new Date(link.since);
  const offsetMs = clockOffsetMs ?? 0;
  return (
    <Card name="link" title={t('link')}>
      <p class="figure">
        <span class="badge" data-tone={link.up ? 'good' : 'bad'}>
          {t(link.up ? 'linkUp' : 'linkDown')}
        </span>
      </p>
      <p class="quiet">
        {t('since', { time: format.dateTime(since), ago: format.ago(Math.max(0, nowMs - since.getTime())) })}
      </p>
      {!link.up && (link.code ? <StatusNote code={link.code} /> : <p>{t(link.detail ? 'noAnswer' : 'notYet')}</p>)}
      {!link.up && link.detail && !link.code && (
        <p class="code">
          {t('forSupport', { detail: '' })}
          <bdi lang="en">{link.detail}</bdi>
        </p>
      )}
      {Math.abs(offsetMs) > CLOCK_OFF_MS && (
        <p class="warn">
          {t(offsetMs > 0 ? 'clockAhead' : 'clockBehind', { amount: format.duration(Math.abs(offsetMs)) })}
        </p>
      )}
    </Card>
  );
}

function WaitingCard({ status: { waiting }, nowMs }: Properties) {
  const { t, count, format } = useSpeech();
  return (
    <Card name="waiting" title={t('waiting')}>
      <p class="figure">
        {count('packets', waiting.packets)}
        {waiting.bytes > 0 && <span class="quiet"> ({format.bytes(waiting.bytes)})</span>}
      </p>
      <p class="quiet">
        {waiting.oldest
          ? t('oldest', { ago: format.ago(Math.max(0, nowMs - Date.parse(waiting.oldest))) })
          : t('nothingWaiting')}
      </p>
    </Card>
  );
}

function SetAsideCard({ setAside }: { readonly setAside: number }) {
  const { t, count } = useSpeech();
  return (
    <Card name="set-aside" title={t('setAside')}>
      <p class={setAside > 0 ? 'figure warn' : 'figure'}>{count('packets', setAside)}</p>
      <p class="quiet">{t(setAside > 0 ? 'setAsideHint' : 'nothingSetAside')}</p>
    </Card>
  );
}

interface RoomProperties {
  readonly limits: LimitsView;
  readonly nowMs: number;
}

function RoomCard({ limits: { roomFor, lastSyncAt, findings }, nowMs }: RoomProperties) {
  const { t, count, format } = useSpeech();
  const isRefused = findings.some(({ weight }) => weight === 'refuse');
  const room = roomFor === null ? t('noLimit') : count('enrolments', roomFor);
  return (
    <Card name="room" title={t('room')}>
      <p class={isRefused ? 'figure bad' : 'figure'}>{isRefused ? t('noRoom') : room}</p>
      <p class="quiet">
        {lastSyncAt
          ? t('lastHeard', { ago: format.ago(Math.max(0, nowMs - Date.parse(lastSyncAt))) })
          : t('neverHeard')}
      </p>
    </Card>
  );
}
