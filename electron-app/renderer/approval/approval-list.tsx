/** What waits for a supervisor, and the way to the decision on it. Nothing at all where nothing waits. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { AwaitingRow } from '../../shared-api.ts';
import { useSpeech } from '../language.ts';
import { ApprovalDialog } from './approval-dialog.tsx';
import { ApprovalTable } from './approval-table.tsx';

interface Properties {
  readonly rows: readonly AwaitingRow[];
  /** How many wait in all. */
  readonly total: number;
  readonly nowMs: number;
}

const NONE: ReadonlySet<string> = new Set();

export function ApprovalList({ rows, total, nowMs }: Properties) {
  const { t, format } = useSpeech();
  const [selected, setSelected] = useState(NONE);
  const [deciding, setDeciding] = useState<readonly string[]>();
  const present = rows.map(({ rid }) => rid).filter((rid) => selected.has(rid));
  useFocusAfter(deciding !== undefined);

  return (
    <>
      {rows.length > 0 && (
        <section class="approvals" aria-labelledby="approvals-title">
          <h2 id="approvals-title">
            {t('approvals')} <span class="count">{format.number(total)}</span>
          </h2>
          <ApprovalTable rows={rows} selected={selected} onSelect={setSelected} nowMs={nowMs} />
          <p class="actions">
            <button
              type="button"
              class="action primary"
              disabled={present.length === 0}
              onClick={() => setDeciding(present)}
            >
              {t('reviewSelected')}
            </button>
            {total > rows.length && (
              <span class="quiet">{t('moreAwaiting', { shown: format.number(rows.length) })}</span>
            )}
          </p>
        </section>
      )}
      {deciding && (
        <ApprovalDialog
          rids={deciding}
          onClose={() => {
            setDeciding(undefined);
            setSelected(NONE);
          }}
        />
      )}
    </>
  );
}

/** The button that opened the dialog may be gone with what was decided; then the reader goes on from the top. */
function useFocusAfter(isOpen: boolean): void {
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !isOpen && document.activeElement === document.body) document.querySelector('main')?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
}
