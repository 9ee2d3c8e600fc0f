/** What becomes of registrations in memory once they are saved: held on, or let go to where they are found again. */
import type { StoredRegistration } from '../databases.ts';
import type { Database } from '../store/store.ts';
import type { Backlog } from './backlog/backlog.ts';
import type { Window } from './backlog/window.ts';
import { type Worker, workOf } from './backlog/work-of.ts';
import type { Settled } from './run-batch.ts';
import type { Timers } from './timers/timer.ts';

export interface InMemory {
  readonly registrations: Pick<Database, 'getMany'>;
  readonly timers: Pick<Timers, 'set' | 'clear'>;
  readonly window: Window;
  readonly backlog: Backlog;
  readonly worker: Worker;
}

/**
 * @param saved those that have moved: until then the timer that brought one must stay
 * @throws StoreError when the timers that brought them are not cleared; then these bring them once more.
 */
export async function settle(saved: readonly Settled[], { window, backlog, worker, timers }: InMemory): Promise<void> {
  const spent = saved.flatMap(({ registration }) => window.releaseTimer(registration._id) ?? []);
  for (const { registration, waits } of saved) {
    const isWork = !waits && workOf(registration, worker).kind === 'work';
    if (!isWork) backlog.close(registration._id);
    else if (window.has(registration._id)) backlog.keep(registration);
    // Where there is no room the feed shows it: it was just written.
    else backlog.bring(registration);
  }
  if (spent.length > 0) await timers.clear(spent);
}

/** Somebody else has written them: what they are now is read again. @throws StoreError; then they stay as they were. */
export async function readAgain(rids: readonly string[], inMemory: InMemory): Promise<void> {
  if (rids.length === 0) return;
  const { registrations, backlog, window, worker, timers } = inMemory;
  const found = await registrations.getMany<StoredRegistration>(rids);
  const works = new Map(found.map((doc) => [doc._id, workOf(doc, worker)]));
  const waits = [...works.values()].flatMap((work) => (work.kind === 'waits' ? [work.timer] : []));
  // Before it is closed: what waits is found by its timer alone.
  if (waits.length > 0) await timers.set(waits);
  for (const rid of rids) {
    const work = works.get(rid);
    if (work?.kind === 'work' && window.has(rid)) backlog.keep(work.registration);
    else if (work?.kind !== 'work') backlog.close(rid);
  }
}
