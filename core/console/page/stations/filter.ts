/** Which of the stations are shown: by a part of the number, and by what is the matter with them. */
import { STATION_STATES } from '../../../stations/station-rights.ts';
import type { StationView } from './station-view.ts';

/** attention: silent, never seen, or with something that a person must look at. */
export const KINDS = ['all', 'attention', ...STATION_STATES] as const;
export type Kind = (typeof KINDS)[number];

export interface Filter {
  /** As it was typed; spaces are as good as none. */
  readonly number: string;
  readonly kind: Kind;
}

export const NO_FILTER: Filter = { number: '', kind: 'all' };

export function filterViews(views: readonly StationView[], { number, kind }: Filter): StationView[] {
  const wanted = number.replaceAll(/\s/g, '');
  return views.filter((view) => view.status.station.includes(wanted) && isOfKind(view, kind));
}

function isOfKind(view: StationView, kind: Kind): boolean {
  if (kind === 'all') return true;
  if (kind === 'attention') return needsAttention(view);
  return view.status.state === kind;
}

function needsAttention({ status, link, clockOff, oldestTooOld }: StationView): boolean {
  const silent = link === 'silent' || link === 'never';
  return silent || clockOff || oldestTooOld || status.setAside > 0 || status.came.needsAttention > 0;
}
