/**
 * A core on the embedded store with workers as they run: the engine over lanes, events, timers and histories that are kept
 * there. The clock runs, and a test lets months pass.
 */
import type { CoreDatabases, StoredRegistration } from '@enroute/core/databases.ts';
import { expire } from '@enroute/core/pipeline/advance.ts';
import { startEngine } from '@enroute/core/pipeline/engine.ts';
import { applyEvent } from '@enroute/core/pipeline/events/apply-event.ts';
import type { EventDraft } from '@enroute/core/pipeline/events/event.ts';
import { openInbox } from '@enroute/core/pipeline/events/event-inbox.ts';
import { sendEvents } from '@enroute/core/pipeline/events/send-events.ts';
import type { LoadedFlow } from '@enroute/core/pipeline/flow/flow.ts';
import { openHistories } from '@enroute/core/pipeline/history/histories.ts';
import { holdLanes } from '@enroute/core/pipeline/lanes/hold-lanes.ts';
import { UNOBSERVED } from '@enroute/core/pipeline/observe/observer.ts';
import type { Outcome } from '@enroute/core/pipeline/outcome.ts';
import { type PauseRule, pauseGate } from '@enroute/core/pipeline/pauses/pause-rule.ts';
import {
  broken,
  enrolmentOf,
  type Faults,
  faultyDatabases,
  must,
  NOW,
  openTestCore,
  put,
  registrationOf,
  ridOf,
  silent,
  type TestCore,
} from '@enroute/core/pipeline/pipeline.fixture.ts';
import { loadShippedFlows } from '@enroute/core/pipeline/shipped-flows.ts';
import type { EffectStage, Stage, Work } from '@enroute/core/pipeline/stage.ts';
import { openTimers } from '@enroute/core/pipeline/timers/open-timers.ts';
import type { Identity } from '@enroute/shared/enrolment/enrolment.ts';
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { onTestFinished, vi } from 'vitest';

export const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;
export const NEXT: Outcome = { kind: 'next' };
const LEASE = { leaseMs: 900, heartbeatMs: 100 };
/** Back-offs of milliseconds, where it is not said. */
const IMPATIENT = 0.001;

type FlowOf = (registration: StoredRegistration) => LoadedFlow | undefined;

interface WorkerOptions {
  /** The shipped ones when it is not said. */
  readonly flowOf?: FlowOf;
  /** Others hold lanes beside it. */
  readonly isOneOfSeveral?: boolean;
  readonly faults?: Faults;
  readonly random?: () => number;
  readonly batchSize?: number;
  readonly window?: number;
}

interface LessonWorker {
  stop(): Promise<void>;
  /** From one moment to the next it does nothing more, and tells nobody. */
  die(): Promise<void>;
}

export class Lesson {
  readonly core: TestCore;
  readonly rules: PauseRule[] = [];
  readonly #began = performance.now();
  #passedMs = 0;

  constructor(core: TestCore) {
    this.core = core;
  }

  now = (): Date => new Date(NOW.getTime() + this.#passedMs + performance.now() - this.#began);

  pass(ms: number): void {
    this.#passedMs += ms;
  }

  /** The shipped flows, as they work on these databases. */
  shipped(databases: CoreDatabases = this.core.databases): FlowOf {
    return loadShippedFlows(databases, this.core.keys, this.core.register.card).flowOf;
  }

  async worker(options: WorkerOptions = {}): Promise<LessonWorker> {
    const { faults = {}, isOneOfSeveral = false, random = () => IMPATIENT, batchSize = 20, window = 100 } = options;
    let isDead = false;
    const before: Faults['before'] = (...call) => {
      if (isDead) throw broken();
      faults.before?.(...call);
    };
    const databases = faultyDatabases(this.core.databases, { ...faults, before });
    const { flowOf = this.shipped(databases) } = options;
    const { leases, events, registrations } = databases;
    const lanes = await holdLanes({ leases, alone: !isOneOfSeveral, ...LEASE, log: silent });
    // What is to be asked later is asked soon.
    const inbox = await openInbox({ events, lanes, log: silent, sweepMs: 200 });
    const engine = await startEngine({
      ...{ registrations, lanes, inbox, flowOf, applyEvent, expire, batchSize, window, random },
      timers: openTimers(databases.timers),
      gate: pauseGate(
        () => this.rules,
        (registration) => flowOf(registration as StoredRegistration)?.answer,
      ),
      histories: openHistories(databases.histories),
      sendEvents: (drafts) => sendEvents(drafts, events),
      ...{ observer: UNOBSERVED, stages: undefined, now: this.now, log: silent },
      ...{ vault: this.core.vault, keyFor: this.core.keyFor },
    });
    let ended: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      await engine.stop();
      await inbox.stop();
      // One that is dead can't give its lanes back.
      await lanes.stop().catch(() => undefined);
    };
    const end = (): Promise<void> => {
      ended ??= stop();
      return ended;
    };
    onTestFinished(end);
    return {
      stop: end,
      die: () => {
        isDead = true;
        return end();
      },
    };
  }

  tell(...drafts: readonly EventDraft[]): Promise<void> {
    return sendEvents(drafts, this.core.databases.events);
  }

  /** The answer to the question of an asking stage has come. */
  answer(rid: string, stage: string): Promise<void> {
    return this.tell(this.answerFor(rid, stage));
  }

  answerFor(rid: string, stage: string): EventDraft {
    const body = { match: false };
    return { kind: 'wake', rid, at: this.now().toISOString(), reason: 'answer', key: questionOf(rid, stage), body };
  }

  /** A person has decided. */
  decide(rid: string, body: { readonly decision: 'accept'; readonly rid: string }): Promise<void> {
    return this.tell({ kind: 'wake', rid, at: this.now().toISOString(), reason: 'decision', body });
  }

  /** Registrations whose packets no stage looks into, written in one batch. */
  async arrived(
    count: number,
    from = 1,
    station?: string,
    change: Partial<Registration> = {},
  ): Promise<readonly string[]> {
    const those = Array.from({ length: count }, (_, nth) => registrationOf(ridOf(from + nth, station), change));
    await this.core.databases.registrations.write(those);
    return those.map(({ _id }) => _id);
  }

  write(registration: Registration): Promise<StoredRegistration> {
    return put(this.core.databases.registrations, registration);
  }

  reaches(rid: string, state: StoredRegistration['state']): Promise<StoredRegistration> {
    return this.until(rid, state, (registration) => registration.state === state);
  }

  /** Resolves with the registration once it is so. */
  until(rid: string, what: string, isSo: (registration: StoredRegistration) => boolean): Promise<StoredRegistration> {
    return vi.waitFor(
      async () => {
        const registration = await this.core.get(rid);
        if (isSo(registration)) return registration;
        throw new Error(`${rid} is ${registration.state} at ${registration.stage}: not ${what}`);
      },
      { timeout: 15_000, interval: 20 },
    );
  }
}

export async function openLesson(): Promise<Lesson> {
  const core = await openTestCore();
  // Ended in reverse: what works on it first.
  onTestFinished(() => core.dispose());
  return new Lesson(core);
}

export function effect(
  name: string,
  perform: (works: readonly Work[]) => Promise<Outcome[]>,
  change: Partial<EffectStage> = {},
): EffectStage {
  return { name, kind: 'effect', reads: false, outcomes: ['next'], perform, ...change };
}

/** The same flows over other stages. */
export function overStages(flowOf: FlowOf, change: (stage: Stage) => Stage): FlowOf {
  const changed = new Map<Stage, Stage>();
  const stageOf = (stage: Stage): Stage => {
    const known = changed.get(stage) ?? change(stage);
    changed.set(stage, known);
    return known;
  };
  return (registration) => {
    const flow = flowOf(registration);
    return flow && { ...flow, stage: (name) => stageOf(flow.stage(name)) };
  };
}

/** Like a service that compares biometrics: asks, waits for the answer, and goes on when it is there. */
export function askingStage(name: string): EffectStage & { readonly asked: string[] } {
  const asked: string[] = [];
  const stage = effect(
    name,
    async (works) =>
      works.map(({ registration: { _id: rid, answer } }): Outcome => {
        if (answer) return NEXT;
        asked.push(rid);
        return {
          kind: 'park',
          reason: 'answer',
          key: questionOf(rid, name),
          until: new Date(NOW.getTime() + 365 * DAY_MS),
        };
      }),
    { outcomes: ['next', 'park'], parks: ['answer'] },
  );
  return { ...stage, asked };
}

function questionOf(rid: string, stage: string): string {
  return `${stage}-${rid}`;
}

/** For flows with a stage that asks. */
export const ANSWERED = { answer: { expires: { verdict: { state: 'REJECTED', code: 'ENR-LST-002' } } } } as const;

/** Of a person with that number: what is different in the packet. */
export function personWith(person: number, identity: Identity): ReturnType<typeof enrolmentOf> {
  const enrolment = enrolmentOf(person);
  return { ...enrolment, identity: { ...enrolment.identity, ...identity } };
}

/** The stages that were done, in order. */
export function doneBy({ history }: StoredRegistration): string[] {
  return history.filter(({ outcome }) => outcome === 'next').map(({ stage }) => stage);
}

export async function uinOf(core: TestCore, rid: string): Promise<string> {
  const docs = await core.databases.identities.range<{ readonly _id: string; readonly rid: string }>({
    ...{ start: '0', end: ':', limit: 100 },
  });
  return must(docs.find((doc) => doc.rid === rid))._id;
}
