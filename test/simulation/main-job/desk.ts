/** The desk of the main job: what its steps share. */
import type { PersonSession } from '@enroute/edge-agent/keys/people.ts';
import type { QueueItem } from '@enroute/edge-agent/queue/queue-item.ts';
import type { Station } from '@enroute/edge-agent/station.ts';
import type { Job } from './job-file.ts';
import type { Screen } from './screen.ts';

/** More than any run enrols. */
export const MAX_ITEMS = 1_000;

export interface Desk {
  readonly job: Job;
  readonly station: Station;
  readonly operator: PersonSession;
  readonly screen: Screen;
}

/** How the upload went in this run. */
export interface Transfer {
  /** The link was cut in the middle of a packet. */
  readonly cut: boolean;
  /** Offsets at which uploads went on after it. */
  readonly resumedFrom: readonly number[];
}

/** First registrations in the order in which the people came: the order of their RIDs' sequence. */
export async function firstRegistrations(station: Station): Promise<QueueItem[]> {
  const items = (await station.queue(MAX_ITEMS)).filter(({ manifest }) => manifest.process === 'NEW');
  return items.sort((one, other) => (one.rid.slice(0, 15) < other.rid.slice(0, 15) ? -1 : 1));
}
