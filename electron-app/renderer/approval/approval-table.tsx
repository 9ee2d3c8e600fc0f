import type { AwaitingRow } from '../../shared-api.ts';
import { useSpeech } from '../language.ts';
import { Rid } from '../rid.tsx';

interface Properties {
  readonly rows: readonly AwaitingRow[];
  /** RIDs. */
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (selected: ReadonlySet<string>) => void;
  readonly nowMs: number;
}

const COLUMNS = ['rid', 'process', 'operator', 'saved'] as const;

export function ApprovalTable({ rows, selected, onSelect, nowMs }: Properties) {
  const { t, format } = useSpeech();
  const chosen = rows.filter(({ rid }) => selected.has(rid)).length;
  const isAll = chosen === rows.length;

  function toggle(rid: string): void {
    const next = new Set(selected);
    if (!next.delete(rid)) next.add(rid);
    onSelect(next);
  }

  return (
    <div class="frame">
      <table class="rows">
        <caption class="unseen">{t('approvalsCaption')}</caption>
        <thead>
          <tr>
            <td class="choice">
              <input
                type="checkbox"
                aria-label={t('selectAll')}
                checked={isAll}
                indeterminate={chosen > 0 && !isAll}
                onChange={() => onSelect(new Set(isAll ? [] : rows.map(({ rid }) => rid)))}
              />
            </td>
            {COLUMNS.map((column) => (
              <th key={column} scope="col">
                {t(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ rid, process, urgent, operator, savedAt }) => (
            <tr key={rid}>
              <td class="choice">
                <input
                  type="checkbox"
                  aria-label={t('select', { rid })}
                  checked={selected.has(rid)}
                  onChange={() => toggle(rid)}
                />
              </td>
              <th scope="row">
                <Rid rid={rid} />
              </th>
              <td data-name={t('process')}>
                {t(process)}
                {urgent && <span class="urgent">{t('urgent')}</span>}
              </td>
              <td data-name={t('operator')}>
                <bdi>{operator}</bdi>
              </td>
              <td data-name={t('saved')}>
                <time dateTime={savedAt} title={format.dateTime(new Date(savedAt))}>
                  {format.ago(Math.max(0, nowMs - Date.parse(savedAt)))}
                </time>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
