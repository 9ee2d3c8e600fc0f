/** A backlog to be tried, over a database in memory, without an engine that works on it: the test says what is done. */
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { isTerminal } from '@enroute/shared/registration/states.ts';
import type { StoredRegistration } from '../../databases.ts';
import type { Database } from '../../store/store.ts';
import { LaneBook, TestLanes, TestTimers } from '../engine.fixture.ts';
import { MemoryDatabase } from '../memory-database.fixture.ts';
import { faulty, lineOf, must, NOW, put, registrationOf, ridOf, STATION } from '../pipeline.fixture.ts';
import { pure } from '../run-batch.fixture.ts';
import { Backlog, type BacklogParts } from './backlog.ts';
import { ShardedFeed } from './sharded-feed.fixture.ts';
import { Window } from './window.ts';

const FLOW = lineOf([pure('work')]);
const NEVER = new AbortController().signal;

export interface TrialOptions {
  readonly total?: number;
  readonly mayHold?: BacklogParts['mayHold'];
  /** Of the lanes; all of them when it is not said. */
  readonly held?: readonly number[];
  /** The feed has two shards, and each reading takes from them by this chance. One order for all when it is not said. */
  readonly shards?: () => number;
}

export class BacklogTrial {
  readonly db = new MemoryDatabase('registrations');
  readonly timers = new TestTimers();
  /** How many documents the feed has given. */
  given = 0;
  readonly #options: TrialOptions;
  readonly feed: Pick<Database, 'changes' | 'info'>;
  #parts: { readonly lanes: TestLanes; readonly window: Window; readonly backlog: Backlog } | undefined;

  constructor(options: TrialOptions = {}) {
    this.#options = options;
    this.feed = options.shards ? new ShardedFeed(this.db, options.shards) : this.db;
  }

  /** A worker comes. What came before is for a sweep to find, what comes from now on for the tail. */
  async begin(): Promise<void> {
    const { total = 4, mayHold = () => true, held } = this.#options;
    const lanes = new TestLanes(new LaneBook(), held);
    const window = new Window({ total, urgent: 1 });
    const worker = {
      ...{ lanes, stages: undefined, flowOf: () => FLOW, now: () => NOW, onTrouble: () => undefined },
    };
    const changes: Database['changes'] = async (query) => {
      const answer = await this.feed.changes(query);
      this.given += answer.changes.length;
      return answer;
    };
    const registrations = { ...faulty(this.db, {}), changes };
    const { updateSeq } = await this.feed.info();
    const backlog = new Backlog({ registrations, timers: this.timers, window, worker, mayHold }, updateSeq);
    lanes.onChange((change) => backlog.lanesChanged(change));
    this.#parts = { lanes, window, backlog };
  }

  get lanes(): TestLanes {
    return must(this.#parts).lanes;
  }

  get window(): Window {
    return must(this.#parts).window;
  }

  get backlog(): Backlog {
    return must(this.#parts).backlog;
  }

  async arrive(numbers: readonly number[], station = STATION, change: Partial<Registration> = {}): Promise<void> {
    for (const n of numbers) {
      const receivedAt = new Date(NOW.getTime() + n).toISOString();
      await put(this.db, registrationOf(ridOf(n, station), { receivedAt, ...change }));
    }
  }

  read(): Promise<void> {
    return this.backlog.read(NEVER);
  }

  /** Until there is nothing to read for which there is room. */
  async readOn(): Promise<void> {
    do await this.read();
    while (this.backlog.isBehind);
  }

  held(): number[] {
    return this.window.all().map(({ _id }) => Number(_id.slice(10, 15)));
  }

  /** It is done, and saved as that. */
  async finish(rid: string): Promise<void> {
    const stored = must(await this.db.get<StoredRegistration>(rid));
    await put(this.db, { ...stored, state: 'COMPLETED' });
    this.backlog.close(rid);
  }

  /** It was saved on its way, and is still held. */
  async goOn(rid: string): Promise<void> {
    const stored = must(await this.db.get<StoredRegistration>(rid));
    this.backlog.keep(await put(this.db, { ...stored, state: 'IN_FLOW', stage: 'work' }));
  }

  async open(): Promise<StoredRegistration[]> {
    const all = await this.db.range<StoredRegistration>({ start: '0', end: ':', limit: 10_000 });
    return all.filter(({ state }) => !isTerminal(state));
  }

  /** Those that are open in a lane that is held, and that nobody would find who began to read at the checkpoint. */
  async missed(): Promise<string[]> {
    const { checkpoint } = this.backlog;
    if (!checkpoint) return [];
    const { changes } = await this.feed.changes({ since: checkpoint.since, limit: 10_000, waitMs: 0 });
    const found = new Set([...changes.map(({ id }) => id), ...[...this.timers.all.values()].map(({ rid }) => rid)]);
    const ours = (await this.open()).filter(({ lane }) => this.lanes.held().has(lane));
    return ours.map(({ _id }) => _id).filter((rid) => !found.has(rid));
  }
}
