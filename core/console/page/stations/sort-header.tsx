import { useSpeech } from '../language.ts';
import type { Column, Order } from './sorting.ts';

interface Properties {
  readonly column: Column;
  readonly order: Order;
  readonly onPress: (column: Column) => void;
  readonly rowSpan?: number;
}

/** A column's name as a button: reached with Tab, pressed with Enter or Space, its direction told by `aria-sort`. */
export function SortHeader({ column, order, onPress, rowSpan = 1 }: Properties) {
  const { t } = useSpeech();
  const direction = order.descending ? 'descending' : 'ascending';
  return (
    <th scope="col" rowSpan={rowSpan} aria-sort={order.column === column ? direction : 'none'}>
      <button type="button" onClick={() => onPress(column)}>
        {t(column)}
      </button>
    </th>
  );
}
