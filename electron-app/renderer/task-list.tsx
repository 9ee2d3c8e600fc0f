/** What the core asks this desk to do, the most pressing first. */
import type { TaskRow } from '../shared-api.ts';
import { useSpeech } from './language.ts';
import { Rid } from './rid.tsx';
import { StatusNote } from './status-note.tsx';

interface Properties {
  readonly tasks: readonly TaskRow[];
  readonly nowMs: number;
}

export function TaskList({ tasks, nowMs }: Properties) {
  const { t, format } = useSpeech();
  const pressing = tasks.toSorted((one, other) => Date.parse(one.dueBy) - Date.parse(other.dueBy));
  return (
    <section class="tasks" aria-labelledby="tasks-title">
      <h2 id="tasks-title">
        {t('tasks')} <span class="count">{format.number(tasks.length)}</span>
      </h2>
      <ul>
        {pressing.map(({ rid, code, positions, dueBy }) => (
          <li key={`${rid} ${dueBy}`}>
            <p class="head">
              <Rid rid={rid} />
              <Due dueBy={dueBy} nowMs={nowMs} />
            </p>
            <p>
              {t('captureAgain')} <strong>{format.list(positions.map((position) => t(position)))}</strong>
            </p>
            <StatusNote code={code} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Due({ dueBy, nowMs }: { readonly dueBy: string; readonly nowMs: number }) {
  const { t, format } = useSpeech();
  const due = new Date(dueBy);
  const time = format.dateTime(due);
  const overdueMs = nowMs - due.getTime();
  if (overdueMs > 0) return <span class="bad">{t('overdue', { time })}</span>;
  return <span class="quiet">{t('dueBy', { time, when: format.ago(overdueMs) })}</span>;
}
