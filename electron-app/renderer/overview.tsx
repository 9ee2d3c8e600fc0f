/** What an operator wants to know at a glance: am I connected, what is waiting, is something wrong, may I go on. */
import type { LimitsView, StationView } from '../shared-api.ts';
import { Card } from './card.tsx';
import { useSpeech } from './language.ts';
import { LimitNotes } from './limit-notes.tsx';
import { LinkCard } from './link-card.tsx';

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

function WaitingCard({ status: { waiting, link }, nowMs }: Properties) {
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
      {waiting.bytes > 0 && link.secondsLeft !== null && (
        <p class="quiet">{t('timeLeft', { amount: format.duration(link.secondsLeft * 1_000) })}</p>
      )}
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
