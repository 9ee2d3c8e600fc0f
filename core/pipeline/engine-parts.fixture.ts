/** The parts of an engine by themselves, over a database in memory, without the loop that calls them. */
import type { Registration } from '@enroute/shared/registration/registration.ts';
import type { StoredRegistration } from '../databases.ts';
import type { InMemory } from './after-saving.ts';
import { Backlog } from './backlog/backlog.ts';
import { Window } from './backlog/window.ts';
import type { Worker } from './backlog/work-of.ts';
import { engineParts, TestLanes } from './engine.fixture.ts';
import type { EventDraft } from './events/event.ts';
import type { LoadedFlow } from './flow/flow.ts';
import { MemoryDatabase } from './memory-database.fixture.ts';
import type { Move } from './observe/observer.ts';
import { lineOf, must, NOW, put, registrationOf, ridOf } from './pipeline.fixture.ts';
import { pure } from './run-batch.fixture.ts';
import type { Saving } from './save-registrations.ts';

const DEFAULT_FLOW = lineOf([pure('one'), pure('two')], {
  wakers: { answer: { expires: { verdict: { state: 'REJECTED', code: 'ENR-LST-002' } } } },
});

export class PartsTrial {
  readonly db = new MemoryDatabase('registrations');
  readonly lanes = new TestLanes();
  readonly moves: Move[] = [];
  readonly sent: EventDraft[] = [];
  readonly #parts = engineParts();
  readonly timers = this.#parts.timers;
  readonly inbox = this.#parts.inbox;
  clock = NOW;
  /** Undefined where it is not at hand. */
  flow: LoadedFlow | undefined = DEFAULT_FLOW;
  stages: Saving['stages'];
  mayHold = true;

  readonly window = new Window({ total: 3, urgent: 1 });
  readonly now = (): Date => this.clock;
  readonly flowOf = (): LoadedFlow | undefined => this.flow;

  get worker(): Worker {
    const { lanes, stages, flowOf, now } = this;
    return { lanes, stages, flowOf, now, onTrouble: () => undefined };
  }

  readonly backlog = new Backlog(
    {
      ...{ registrations: this.db, timers: this.timers, window: this.window, worker: this.worker },
      mayHold: () => this.mayHold,
    },
    '0',
  );

  get inMemory(): InMemory {
    const { db, timers, window, backlog, worker } = this;
    return { registrations: db, timers, window, backlog, worker };
  }

  get saving(): Saving {
    const { db, lanes, stages, timers, now } = this;
    return {
      ...{ registrations: db, lanes, stages, timers, now, histories: this.#parts.histories },
      sendEvents: async (events) => {
        this.sent.push(...events);
      },
      observer: { moved: (moves) => this.moves.push(...moves) },
    };
  }

  /** What the parts of the engine have in common. */
  get common() {
    const { db, flowOf, saving, inMemory, now } = this;
    return { registrations: db, flowOf, saving, inMemory, now, log: this.#parts.log };
  }

  pass(ms: number): void {
    this.clock = new Date(this.clock.getTime() + ms);
  }

  inMs(ms: number): string {
    return new Date(this.clock.getTime() + ms).toISOString();
  }

  store(n: number, change: Partial<Registration> = {}): Promise<StoredRegistration> {
    return put(this.db, registrationOf(ridOf(n), change));
  }

  async get(n: number): Promise<StoredRegistration> {
    return must(await this.db.get<StoredRegistration>(ridOf(n)));
  }

  timerRids(): string[] {
    return [...this.timers.all.values()].map(({ rid, at }) => `${Number(rid.slice(10, 15))} ${at}`).sort();
  }
}
