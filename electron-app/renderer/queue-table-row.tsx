import type { QueueRow, TaskRow, UploadProgress } from '../shared-api.ts';
import { useSpeech } from './language.ts';
import { NumberReveal } from './number-reveal.tsx';
import { hasNumber, labelOf } from './queue-label.ts';
import { Rid } from './rid.tsx';
import { StatusNote } from './status-note.tsx';

interface Properties {
  readonly row: QueueRow;
  readonly task: TaskRow | undefined;
  readonly progress: UploadProgress | undefined;
  readonly nowMs: number;
}

export function QueueTableRow({ row, task, progress, nowMs }: Properties) {
  const { t, format } = useSpeech();
  const label = labelOf(row, task);
  const saved = new Date(row.savedAt);
  return (
    <tr data-state={label.text}>
      <th scope="row">
        <Rid rid={row.rid} />
      </th>
      <td data-name={t('process')}>
        {t(row.process)}
        {row.urgent && <span class="urgent">{t('urgent')}</span>}
        {row.corrects && (
          <span class="under">
            {t('corrects', { rid: '' })}
            <Rid rid={row.corrects} />
          </span>
        )}
      </td>
      <td data-name={t('saved')}>
        <time dateTime={row.savedAt} title={format.dateTime(saved)}>
          {format.ago(Math.max(0, nowMs - saved.getTime()))}
        </time>
        <span class="under">{format.bytes(row.bytes)}</span>
      </td>
      <td data-name={t('state')}>
        <span class="badge" data-tone={label.tone}>
          {t(label.text)}
        </span>
        {row.state === 'UPLOADING' && <UploadBar row={row} progress={progress} />}
      </td>
      <td data-name={t('outcome')}>
        {label.code ? <StatusNote code={label.code} /> : <span class="quiet">{t('pending')}</span>}
        {row.rejection && (
          <span class="under">{t('rejectedBy', { by: row.rejection.by, reason: t(row.rejection.reason) })}</span>
        )}
        {hasNumber(row) && <NumberReveal rid={row.rid} />}
      </td>
    </tr>
  );
}

interface UploadBarProperties {
  readonly row: QueueRow;
  readonly progress: UploadProgress | undefined;
}

function UploadBar({ row, progress }: UploadBarProperties) {
  const { t, format } = useSpeech();
  const sent = progress?.sentBytes ?? 0;
  const total = progress?.totalBytes ?? row.bytes;
  const resumedFrom = progress?.resumedFrom ?? 0;
  return (
    <div class="upload">
      <progress aria-label={t('uploadOf', { rid: row.rid })} max={total} value={sent} />
      <span class="under">{t('sentOf', { sent: format.bytes(sent), total: format.bytes(total) })}</span>
      {resumedFrom > 0 && <span class="under">{t('resumedFrom', { from: format.bytes(resumedFrom) })}</span>}
    </div>
  );
}
