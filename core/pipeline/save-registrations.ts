/**
 * The one way by which a worker writes registrations. Before the document itself goes what must not be missing once it is
 * there: the timer of a wait, the news for those who wait for an end, the pages of a history that has grown too long.
 * Each of these can be written again and changes nothing then.
 */
import { isTerminal } from '@enroute/shared/registration/states.ts';
import type { StoredRegistration } from '../databases.ts';
import type { Database } from '../store/store.ts';
import { waitsUntil } from './backlog/work-of.ts';
import { ended } from './events/apply-event.ts';
import type { EventDraft } from './events/event.ts';
import { isFencedOff } from './lanes/is-fenced-off.ts';
import type { Lanes } from './lanes/lanes.ts';
import type { Move, PipelineObserver } from './observe/observer.ts';
import type { Timer, Timers } from './timers/timer.ts';

export interface Histories {
  /** Archives what is too long. @returns the registrations as they are to be saved */
  keep(registrations: readonly StoredRegistration[]): Promise<StoredRegistration[]>;
}

export interface Saving {
  readonly registrations: Pick<Database, 'write'>;
  readonly lanes: Pick<Lanes, 'held' | 'isSure'>;
  /** The stages that are run here; all of them when it is not said. */
  readonly stages: { has(stage: string): boolean } | undefined;
  readonly timers: Pick<Timers, 'set'>;
  readonly histories: Histories;
  readonly sendEvents: (events: readonly EventDraft[]) => Promise<void>;
  readonly observer: Pick<PipelineObserver, 'moved'>;
  readonly now: () => Date;
}

export interface ToSave {
  /** As the store has it. */
  readonly stored: StoredRegistration;
  readonly registration: StoredRegistration;
  /** What has become of it since then. */
  readonly moves: readonly Move[];
}

export type Saved =
  /** @param waits it is found by its timer from now on */
  | { readonly kind: 'saved'; readonly registration: StoredRegistration; readonly waits: boolean }
  /** Somebody else has written it meanwhile: theirs stands. */
  | { readonly kind: 'overtaken' }
  /** The store can't take it as it is. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** Its lane is another's by what the store has, or may be at any moment: nothing was written. */
  | { readonly kind: 'not-ours' };

/** @param changes at most MAX_BATCH @returns one for each, in order @throws StoreError; then any may be written or not */
export async function saveRegistrations(changes: readonly ToSave[], saving: Saving): Promise<Saved[]> {
  if (changes.length === 0) return [];
  const { lanes, histories, sendEvents, timers, observer, now } = saving;
  const ours = changes.filter(({ stored }) => lanes.isSure(stored.lane) && !isFencedOff(stored, saving));
  const at = now();
  const waiting = new Set(
    ours.filter(({ registration }) => waitsUntil(registration, at) !== undefined).map(({ stored }) => stored._id),
  );
  const waits = ours.flatMap((change) => timerOf(change, at));
  const news = ours.flatMap((change) => newsOf(change, at));
  const [kept] = await Promise.all([
    histories.keep(ours.map(({ registration }) => stamped(registration, saving))),
    waits.length > 0 ? timers.set(waits) : undefined,
    news.length > 0 ? sendEvents(news) : undefined,
  ]);
  // That took a while.
  const still = kept.filter(({ lane }) => lanes.isSure(lane));
  const results = still.length > 0 ? await saving.registrations.write(still) : [];
  const saved = new Map(
    results.map((result, index): [string, Saved] => [result.id, savedOf(still[index], result, waiting)]),
  );
  const answers = changes.map(({ stored }): Saved => saved.get(stored._id) ?? { kind: 'not-ours' });
  observer.moved(changes.flatMap(({ moves }, index) => (answers[index]?.kind === 'saved' ? moves : [])));
  return answers;
}

type WriteResult = Awaited<ReturnType<Database['write']>>[number];

function savedOf(written: StoredRegistration | undefined, result: WriteResult, waiting: ReadonlySet<string>): Saved {
  if (result.ok && written) {
    return { kind: 'saved', registration: { ...written, _rev: result.rev }, waits: waiting.has(result.id) };
  }
  if (!result.ok && result.reason === 'refused') return { kind: 'refused', detail: result.detail };
  return { kind: 'overtaken' };
}

/** Workers with other stages count the hands of their lanes for themselves: what is handed to them carries no fence. */
function stamped(registration: StoredRegistration, { lanes, stages }: Saving): StoredRegistration {
  const { fence: before, ...unfenced } = registration;
  // A lane that is on its way back has none; then what was known last stands.
  const fence = lanes.held().get(registration.lane)?.fence ?? before;
  return stages || fence === undefined ? unfenced : { ...unfenced, fence };
}

function timerOf({ stored, registration }: ToSave, now: Date): Timer[] {
  const at = waitsUntil(registration, now);
  const isTheSame = stored.state === registration.state && waitsUntil(stored, now) === at;
  return at === undefined || isTheSame ? [] : [{ rid: registration._id, lane: registration.lane, at }];
}

function newsOf({ stored, registration }: ToSave, now: Date): EventDraft[] {
  const { _id: rid, state, watchers = [] } = registration;
  if (!isTerminal(state) || isTerminal(stored.state)) return [];
  return watchers.map((watcher) => ended(watcher, rid, state, now));
}
