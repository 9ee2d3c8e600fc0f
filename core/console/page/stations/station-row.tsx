/** One station. Every cell carries its column's name for the narrow layout, where the header is not seen. */
import type { ComponentChildren } from 'preact';
import { useSpeech } from '../language.ts';
import { hashOf } from '../shell/pages.ts';
import { StateBadge } from '../ui/state-badge.tsx';
import { StationNumber } from '../ui/station-number.tsx';
import type { Column } from './sorting.ts';
import type { Link, StationView } from './station-view.ts';
import { CLOCK_IN_STEP_MS, LATE_AFTER_MS, SILENT_AFTER_MS } from './thresholds.ts';

interface Properties {
  readonly view: StationView;
  readonly nowMs: number;
}

export function StationRow({ view, nowMs }: Properties) {
  const { t, format } = useSpeech();
  const { status, link, oldestAgeMs, oldestTooOld, clockOff } = view;
  const { waiting, came } = status;
  return (
    <tr data-link={link}>
      <th scope="row" class="station">
        <a href={hashOf({ page: 'station', station: status.station })}>
          <StationNumber station={status.station} />
        </a>
        {status.state !== 'active' && (
          <span class="under">
            <StateBadge state={status.state} />
          </span>
        )}
      </th>
      <Cell column="link">
        <LinkBadge link={link} />
      </Cell>
      <Cell column="lastSeen">
        {status.lastSeen ? <Ago at={status.lastSeen} nowMs={nowMs} /> : <span class="quiet">{t('never')}</span>}
      </Cell>
      <Cell column="waiting">
        {waiting ? (
          <span>
            <Count value={waiting.packets} />
            {waiting.bytes > 0 && <span class="under">{format.bytes(waiting.bytes)}</span>}
          </span>
        ) : (
          <span class="quiet">{t('unknown')}</span>
        )}
      </Cell>
      <Cell column="oldest">
        {oldestAgeMs === null ? (
          <span class="quiet">{waiting ? t('none') : t('unknown')}</span>
        ) : (
          <span class={oldestTooOld ? 'bad' : ''}>
            {format.duration(oldestAgeMs)}
            {oldestTooOld && <span class="under">{t('tooOld')}</span>}
          </span>
        )}
      </Cell>
      <Cell column="setAside">
        <Count value={status.setAside} tone="warn" />
      </Cell>
      <Cell column="completed">
        <Count value={came.completed} />
      </Cell>
      <Cell column="inProcess">
        <Count value={came.inProcess} />
      </Cell>
      <Cell column="waitingForCorrection">
        <Count value={came.waitingForCorrection} />
      </Cell>
      <Cell column="needsAttention">
        <Count value={came.needsAttention} tone="warn" />
      </Cell>
      <Cell column="rejected">
        <Count value={came.rejected} />
      </Cell>
      <Cell column="clock">
        <ClockOffset offsetMs={status.clockOffsetMs} off={clockOff} />
      </Cell>
      <Cell column="software">
        {status.software ? <bdi>{status.software}</bdi> : <span class="quiet">{t('unknown')}</span>}
      </Cell>
    </tr>
  );
}

function Cell({ column, children }: { readonly column: Column; readonly children: ComponentChildren }) {
  const { t } = useSpeech();
  return (
    <td class={column} data-name={t(column)}>
      {children}
    </td>
  );
}

const TONES = { online: 'good', late: 'warn', silent: 'bad', never: 'quiet' } as const satisfies Record<Link, string>;

function LinkBadge({ link }: { readonly link: Link }) {
  const { t, format } = useSpeech();
  const hint = t(`${link}Hint`, { late: format.duration(LATE_AFTER_MS), silent: format.duration(SILENT_AFTER_MS) });
  return (
    <span class="badge" data-tone={TONES[link]} title={hint}>
      {t(link)}
    </span>
  );
}

function Ago({ at, nowMs }: { readonly at: string; readonly nowMs: number }) {
  const { format } = useSpeech();
  const time = new Date(at);
  return (
    <time dateTime={at} title={format.dateTime(time)}>
      {format.ago(Math.max(0, nowMs - time.getTime()))}
    </time>
  );
}

/** A zero steps back, so that the eye finds what is not zero. */
function Count({ value, tone = '' }: { readonly value: number; readonly tone?: 'warn' | '' }) {
  const { format } = useSpeech();
  return <span class={value === 0 ? 'zero' : tone}>{format.number(value)}</span>;
}

function ClockOffset({ offsetMs, off }: { readonly offsetMs: number | null; readonly off: boolean }) {
  const { t, format } = useSpeech();
  if (offsetMs === null) return <span class="quiet">{t('unknown')}</span>;
  if (Math.abs(offsetMs) < CLOCK_IN_STEP_MS) return <span class="quiet">{t('clockInStep')}</span>;
  return (
    <span class={off ? 'warn' : ''}>
      {format.duration(Math.abs(offsetMs))}
      <span class="under">{t(offsetMs > 0 ? 'clockAhead' : 'clockBehind')}</span>
      {off && <span class="under">{t('clockOff')}</span>}
    </span>
  );
}
