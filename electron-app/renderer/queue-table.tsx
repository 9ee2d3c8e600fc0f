/** Every registration that the station holds, newest first. */
import { MAX_QUEUE_ROWS, type QueueRow, type TaskRow, type UploadProgress } from '../shared-api.ts';
import { useSpeech } from './language.ts';
import { QueueTableRow } from './queue-table-row.tsx';
import { PAGE_ROWS } from './use-station.ts';

const COLUMNS = ['rid', 'process', 'saved', 'state', 'outcome'] as const;

interface Properties {
  readonly rows: readonly QueueRow[];
  readonly tasks: readonly TaskRow[];
  readonly progress: ReadonlyMap<string, UploadProgress>;
  readonly nowMs: number;
  readonly limit: number;
  readonly onLimit: (limit: number) => void;
}

export function QueueTable({ rows, tasks, progress, nowMs, limit, onLimit }: Properties) {
  const { t } = useSpeech();
  const taskOf = new Map(tasks.map((task) => [task.rid, task]));
  const mayBeMore = rows.length >= limit && limit < MAX_QUEUE_ROWS;
  return (
    <section class="queue" aria-labelledby="queue-title">
      <h2 id="queue-title">{t('queue')}</h2>
      {rows.length === 0 ? (
        <p class="empty">{t('emptyQueue')}</p>
      ) : (
        <div class="frame">
          <table class="rows">
            <caption class="unseen">{t('queueCaption')}</caption>
            <thead>
              <tr>
                {COLUMNS.map((column) => (
                  <th key={column} scope="col">
                    {t(column)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <QueueTableRow
                  key={row.rid}
                  row={row}
                  task={taskOf.get(row.rid)}
                  progress={progress.get(row.rid)}
                  nowMs={nowMs}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {mayBeMore && (
        <button type="button" class="action more" onClick={() => onLimit(Math.min(limit + PAGE_ROWS, MAX_QUEUE_ROWS))}>
          {t('showMore')}
        </button>
      )}
    </section>
  );
}
