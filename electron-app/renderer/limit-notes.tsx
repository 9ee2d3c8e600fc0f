/** What the station is short of, each a warning before it is a refusal. Nothing at all while all is well. */
import type { LimitsView } from '../shared-api.ts';
import { useSpeech } from './language.ts';
import { StatusNote } from './status-note.tsx';

export function LimitNotes({ findings }: Pick<LimitsView, 'findings'>) {
  const { t } = useSpeech();
  if (findings.length === 0) return null;
  return (
    <section class="limits" aria-label={t('limits')}>
      <ul>
        {findings.map(({ code, weight }) => (
          <li key={code} data-weight={weight}>
            <span class="badge" data-tone={weight === 'refuse' ? 'bad' : 'warn'}>
              {t(weight === 'refuse' ? 'noMoreEnrolments' : 'warning')}
            </span>
            <StatusNote code={code} />
          </li>
        ))}
      </ul>
    </section>
  );
}
