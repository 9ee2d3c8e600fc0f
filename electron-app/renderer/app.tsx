/** The window as a whole: how the station stands, what is to be corrected or decided, and every registration in it. */
import { LanguageSwitch } from '@enroute/shared/ui/language-switch.tsx';
import { Announcer } from './announcer.tsx';
import { ApprovalList } from './approval/approval-list.tsx';
import { SpeechContext, useChosenSpeech } from './language.ts';
import { Overview } from './overview.tsx';
import { QueueTable } from './queue-table.tsx';
import { StatusNote } from './status-note.tsx';
import { TaskList } from './task-list.tsx';
import { useStation } from './use-station.ts';

export function App() {
  const { speech, choose } = useChosenSpeech('queue');
  const { news, progress, nowMs, limit, setLimit } = useStation();
  const status = news?.status.ok ? news.status.value : undefined;
  const tasks = news?.tasks.ok ? news.tasks.value : [];
  const awaiting = news?.awaiting.ok ? news.awaiting.value : [];
  const failure = news && [news.status, news.queue, news.tasks, news.awaiting].find((answer) => !answer.ok);

  return (
    <SpeechContext.Provider value={speech}>
      <header class="top">
        <p class="mark">
          Enroute
          {status && (
            <span class="quiet">
              {speech.t('station')}{' '}
              <bdi dir="ltr">
                {status.station.slice(0, 5)} {status.station.slice(5)}
              </bdi>
            </span>
          )}
        </p>
        <LanguageSwitch name={speech.t('language')} language={speech.language} onChoose={choose} />
      </header>
      <main tabIndex={-1}>
        {!news && <p class="quiet">{speech.t('loading')}</p>}
        {failure && !failure.ok && (
          <section class="banner">
            <StatusNote code={failure.code} />
          </section>
        )}
        {status && <Overview status={status} nowMs={nowMs} />}
        {tasks.length > 0 && <TaskList tasks={tasks} nowMs={nowMs} />}
        <ApprovalList rows={awaiting} total={status?.awaitingApproval ?? awaiting.length} nowMs={nowMs} />
        {news?.queue.ok && (
          <QueueTable
            rows={news.queue.value}
            tasks={tasks}
            progress={progress}
            nowMs={nowMs}
            limit={limit}
            onLimit={setLimit}
          />
        )}
        <Announcer linkUp={status?.link.up} tasks={tasks.length} findings={status?.limits.findings ?? []} />
      </main>
    </SpeechContext.Provider>
  );
}
