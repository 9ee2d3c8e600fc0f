/** The table of stations; on a narrow screen the same table, laid out as cards. */
import { useMemo, useState } from 'preact/hooks';
import { useSpeech } from '../language.ts';
import { SortHeader } from './sort-header.tsx';
import { COLUMNS, type Column, DEFAULT_ORDER, nextOrder, type Order, sortViews } from './sorting.ts';
import { StationRow } from './station-row.tsx';
import type { StationView } from './station-view.ts';

const BEFORE: readonly Column[] = ['station', 'link', 'lastSeen', 'waiting', 'oldest', 'setAside'];
const CAME_BACK: readonly Column[] = ['completed', 'inProcess', 'waitingForCorrection', 'needsAttention', 'rejected'];
const AFTER: readonly Column[] = ['clock', 'software'];

interface Properties {
  readonly views: readonly StationView[];
  /** By the core's clock. */
  readonly nowMs: number;
}

export function StationTable({ views, nowMs }: Properties) {
  const { t } = useSpeech();
  const [order, setOrder] = useState<Order>(DEFAULT_ORDER);
  const sorted = useMemo(() => sortViews(views, order), [views, order]);
  const press = (column: Column): void => setOrder(nextOrder(order, column));

  return (
    <>
      <SortChoice order={order} onOrder={setOrder} />
      <div class="stations">
        <table>
          <caption class="unseen">{t('tableCaption')}</caption>
          <thead>
            <tr>
              {BEFORE.map((column) => (
                <SortHeader key={column} column={column} order={order} onPress={press} rowSpan={2} />
              ))}
              <th scope="colgroup" colSpan={CAME_BACK.length} class="group">
                {t('cameBack')}
              </th>
              {AFTER.map((column) => (
                <SortHeader key={column} column={column} order={order} onPress={press} rowSpan={2} />
              ))}
            </tr>
            <tr>
              {CAME_BACK.map((column) => (
                <SortHeader key={column} column={column} order={order} onPress={press} />
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((view) => (
              <StationRow key={view.status.station} view={view} nowMs={nowMs} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

interface SortChoiceProperties {
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
}

/** Cards have no headers to press. */
function SortChoice({ order, onOrder }: SortChoiceProperties) {
  const { t } = useSpeech();
  return (
    <div class="sort-choice">
      <label>
        {t('sortBy')}{' '}
        <select
          value={order.column}
          onChange={({ currentTarget }) => {
            const column = COLUMNS.find((one) => one === currentTarget.value);
            if (column) onOrder(nextOrder(order, column));
          }}
        >
          {COLUMNS.map((column) => (
            <option key={column} value={column}>
              {t(column)}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        aria-label={t('reverseOrder')}
        title={t('reverseOrder')}
        onClick={() => onOrder(nextOrder(order, order.column))}
      >
        <span aria-hidden="true">{order.descending ? '↓' : '↑'}</span>
      </button>
    </div>
  );
}
