/**
 * Looks for waits that are over. A wait that had an end is ended as its flow says, and where that has no way, by putting the
 * registration aside to be looked at; a retry whose time has come goes into
 * the window, and keeps its timer until it has moved, so that a crash in between has it found again.
 */
import type { Logger } from 'pino';
import type { StoredRegistration } from '../databases.ts';
import type { Database } from '../store/store.ts';
import { strand } from './advance.ts';
import { type InMemory, settle } from './after-saving.ts';
import { workOf } from './backlog/work-of.ts';
import type { LoadedFlow } from './flow/flow.ts';
import { moveOf } from './move-of.ts';
import { type Saving, saveRegistrations, type ToSave } from './save-registrations.ts';
import type { Timer, Timers } from './timers/timer.ts';

export type Expire = (registration: StoredRegistration, flow: LoadedFlow, now: Date) => StoredRegistration;

export interface TimerParts {
  readonly registrations: Pick<Database, 'getMany'>;
  readonly timers: Timers;
  readonly expire: Expire;
  readonly flowOf: (registration: StoredRegistration) => LoadedFlow | undefined;
  readonly saving: Saving;
  readonly inMemory: InMemory;
  readonly now: () => Date;
  readonly log: Logger;
}

const LOOK_EVERY_MS = 1_000;
const PAGE = 200;
/** What can't be ended here is looked at again after this. */
const AGAIN_MS = 5 * 60_000;

export class DueTimers {
  readonly #parts: TimerParts;
  #nextLookMs = 0;

  constructor(parts: TimerParts) {
    this.#parts = parts;
  }

  /** @throws StoreError */
  async look(): Promise<void> {
    if (performance.now() < this.#nextLookMs) return;
    const { timers, saving, now } = this.#parts;
    const due = await timers.due(now(), saving.lanes.held(), PAGE);
    const spent = due.length > 0 ? await this.#wake(due) : [];
    if (spent.length > 0) await timers.clear(spent);
    // What stays, because there is no room or it is the work of others, is no reason to look again at once.
    this.#nextLookMs = due.length === PAGE && spent.length > 0 ? 0 : performance.now() + LOOK_EVERY_MS;
  }

  /** @returns the timers that have done their work */
  async #wake(due: readonly Timer[]): Promise<Timer[]> {
    const { registrations, inMemory, timers } = this.#parts;
    const { held = [], asleep = [] } = Object.groupBy(due, ({ rid }) => (inMemory.window.has(rid) ? 'held' : 'asleep'));
    const rids = [...new Set(asleep.map(({ rid }) => rid))];
    const docs = rids.length > 0 ? await registrations.getMany<StoredRegistration>(rids) : [];
    const ended = await this.#end(docs.filter((registration) => this.#isOver(registration)));
    const open = docs.filter(({ state }) => state === 'RECEIVED' || state === 'IN_FLOW');
    const stays = new Set(docs.filter((doc) => this.#isOver(doc) && !ended.has(doc._id)).map(({ _id }) => _id));
    for (const registration of open) {
      const work = workOf(registration, inMemory.worker);
      if (work.kind === 'waits') await timers.set([work.timer]);
      else stays.add(registration._id);
      const timer = asleep.find(({ rid }) => rid === registration._id);
      if (work.kind === 'work') inMemory.backlog.bring(work.registration, timer);
    }
    const others = held.filter(({ rid, at }) => inMemory.window.timerOf(rid)?.at !== at);
    return [...others, ...asleep.filter(({ rid }) => !stays.has(rid))];
  }

  #isOver({ state, parked }: StoredRegistration): boolean {
    return state === 'PARKED' && parked !== undefined && parked.until <= this.#parts.now().toISOString();
  }

  /** Ends waits. @returns for which of them nothing is left to do, now */
  async #end(over: readonly StoredRegistration[]): Promise<ReadonlySet<string>> {
    const done = new Set<string>();
    const changes: ToSave[] = [];
    for (const stored of over.filter((registration) => this.#isOurs(registration))) {
      const flow = this.#parts.flowOf(stored);
      // Without its flow this is the work of others.
      if (flow) changes.push(this.#expired(stored, flow));
      else done.add(await this.#putOff(stored));
    }
    const refused = await this.#save(changes, done);
    const stranded = refused.map((stored) => this.#stranded(stored, new Error('The store refuses how its wait ends.')));
    for (const stored of await this.#save(stranded, done)) done.add(await this.#putOff(stored));
    return done;
  }

  /** @param done to which are added those that are saved @returns those that the store can't take as they are */
  async #save(changes: readonly ToSave[], done: Set<string>): Promise<StoredRegistration[]> {
    const { saving, inMemory } = this.#parts;
    const results = await saveRegistrations(changes, saving);
    const saved = results.flatMap((result) => (result.kind === 'saved' ? [result] : []));
    await settle(saved, inMemory);
    for (const { registration } of saved) done.add(registration._id);
    return changes.filter((_, index) => results[index]?.kind === 'refused').map(({ stored }) => stored);
  }

  #isOurs(registration: StoredRegistration): boolean {
    const { stages, lanes } = this.#parts.saving;
    return lanes.isSure(registration.lane) && (stages?.has(registration.stage ?? '') ?? true);
  }

  async #putOff({ _id: rid, lane }: StoredRegistration): Promise<string> {
    const at = new Date(this.#parts.now().getTime() + AGAIN_MS).toISOString();
    await this.#parts.timers.set([{ rid, lane, at }]);
    return rid;
  }

  #expired(stored: StoredRegistration, flow: LoadedFlow): ToSave {
    const now = this.#parts.now();
    try {
      const registration = this.#parts.expire(stored, flow, now);
      return { stored, registration, moves: [moveOf(stored, registration, 'expiry', now)] };
    } catch (error) {
      // The others are not to wait for this one, and it would be no other the next time.
      return this.#stranded(stored, error);
    }
  }

  #stranded(stored: StoredRegistration, error: unknown): ToSave {
    const { log } = this.#parts;
    const now = this.#parts.now();
    log.error({ err: error, rid: stored._id, stage: stored.stage }, 'dead letter: a wait that can not be ended');
    const registration = strand(stored, now);
    return { stored, registration, moves: [moveOf(stored, registration, 'strand', now, 'ENR-ENG-001')] };
  }
}
