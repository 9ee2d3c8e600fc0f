/** The table's columns that can be sorted by, and the order of rows. */
import { LINKS, type StationView } from './station-view.ts';

/** What a column sorts by; null comes last, whichever way. */
type SortValue = number | string | null;

const SORT_VALUES = {
  station: ({ status }) => status.station,
  link: ({ link }) => LINKS.indexOf(link),
  lastSeen: ({ status }) => (status.lastSeen === null ? 0 : Date.parse(status.lastSeen)),
  waiting: ({ status }) => status.waiting?.packets ?? null,
  oldest: ({ oldestAgeMs }) => oldestAgeMs,
  setAside: ({ status }) => status.setAside,
  completed: ({ status }) => status.came.completed,
  rejected: ({ status }) => status.came.rejected,
  waitingForCorrection: ({ status }) => status.came.waitingForCorrection,
  needsAttention: ({ status }) => status.came.needsAttention,
  inProcess: ({ status }) => status.came.inProcess,
  clock: ({ status }) => (status.clockOffsetMs === null ? null : Math.abs(status.clockOffsetMs)),
  software: ({ status }) => status.software,
} as const satisfies Record<string, (view: StationView) => SortValue>;

export type Column = keyof typeof SORT_VALUES;
export const COLUMNS = Object.keys(SORT_VALUES) as readonly Column[];

export interface Order {
  readonly column: Column;
  readonly descending: boolean;
}

/** Worst link first: whoever opens the page sees at once where something is wrong. */
export const DEFAULT_ORDER: Order = { column: 'link', descending: false };

/** Where the large numbers are what one looks for. */
const LARGEST_FIRST: ReadonlySet<Column> = new Set<Column>([
  'waiting',
  'oldest',
  'setAside',
  'completed',
  'rejected',
  'waitingForCorrection',
  'needsAttention',
  'inProcess',
  'clock',
]);

/** The order after a press on a column's header: a new column its natural way, the same column the other way round. */
export function nextOrder(order: Order, column: Column): Order {
  if (order.column === column) return { column, descending: !order.descending };
  return { column, descending: LARGEST_FIRST.has(column) };
}

export function sortViews(views: readonly StationView[], { column, descending }: Order): StationView[] {
  const sortValue = SORT_VALUES[column];
  return [...views].sort((one, other) => {
    const compared = compare(sortValue(one), sortValue(other), descending);
    return compared || tieBreak(one, other, column);
  });
}

function compare(one: SortValue, other: SortValue, descending: boolean): number {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  return (one < other ? -1 : 1) * (descending ? -1 : 1);
}

/**
 * Silent stations: the longest silent first. Stations that talk stay in the order of their numbers, or rows would
 * change places with every heartbeat.
 */
function tieBreak(one: StationView, other: StationView, column: Column): number {
  const bySilence = column === 'link' && one.link !== 'online';
  const seen = bySilence ? compare(one.status.lastSeen, other.status.lastSeen, false) : 0;
  return seen || compare(one.status.station, other.status.station, false);
}
