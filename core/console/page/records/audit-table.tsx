import type { AuditEntry } from '../api/answers.ts';
import { useSpeech } from '../language.ts';
import { Time } from '../ui/time.tsx';

/** Acts and outcomes as they are written: they are what one looks for, in every language. */
export function AuditTable({ entries }: { readonly entries: readonly AuditEntry[] }) {
  const { t } = useSpeech();
  return (
    <div class="records">
      <table>
        <caption class="unseen">{t('audit')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('when')}</th>
            <th scope="col">{t('who')}</th>
            <th scope="col">{t('act')}</th>
            <th scope="col">{t('doneTo')}</th>
            <th scope="col">{t('outcome')}</th>
            <th scope="col">{t('address')}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={`${entry.writer} ${entry.n}`}>
              <th scope="row" data-name={t('when')}>
                <Time at={entry.at} />
              </th>
              <td data-name={t('who')}>
                <bdi>{entry.by}</bdi>
              </td>
              <td data-name={t('act')}>
                <code dir="ltr">{entry.act}</code>
              </td>
              <td data-name={t('doneTo')}>
                <bdi>{entry.done ?? ''}</bdi>
              </td>
              <td data-name={t('outcome')}>
                {entry.outcome === 'done' ? t('outcomeDone') : <code dir="ltr">{entry.outcome}</code>}
              </td>
              <td data-name={t('address')}>
                <bdi dir="ltr">{entry.address ?? ''}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
