/**
 * A flow: which stages a process runs, in which order, declared as data. It comes from a file, is checked against the
 * stages that there are, and is taken only when nothing is wrong with it.
 *
 * ```
 * step     one stage, and what follows each of its outcomes; `retry` and `park` need no route: they stay where they are
 * route    where an outcome leads: cases of which the first whose condition holds is taken, the last without a condition
 * target   a stage of the flow; `$end`; or `$dead-letter`, for what should not happen and can't be told either
 * waker    what ends a wait: the event, which takes the registration to a stage, or the end of its time
 * answer   the stage by which an end is told to the station: none is reached but through it
 * ```
 */
import type { Registration } from '@enroute/shared/registration/registration.ts';
import type { TerminalState } from '@enroute/shared/registration/states.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { OutcomeKind, ParkReason } from '../outcome.ts';
import type { Stage } from '../stage.ts';
import type { Condition } from './conditions.ts';

export const END = '$end';
export const DEAD_LETTER = '$dead-letter';
/** The name of a stage, END or DEAD_LETTER. */
export type Target = string;

/** What a registration ends as. */
export interface Verdict {
  readonly state: TerminalState;
  readonly code: StatusCode;
}

export interface RouteCase {
  /** Absent: always. */
  readonly when?: Condition;
  readonly to: Target;
  /** What it has come to when it takes this way and had no verdict yet. */
  readonly verdict?: Verdict;
}

export type Route = Target | readonly RouteCase[];

export type RouteName = Exclude<OutcomeKind, 'retry' | 'park' | 'branch'> | `branch:${string}`;

export type Routes = Readonly<Partial<Record<RouteName, Route>>>;

export interface RetryPolicy {
  /** Failed tries before the registration becomes a dead letter. */
  readonly budget: number;
  readonly baseMs: number;
  readonly capMs: number;
}

export interface FlowStep {
  readonly stage: string;
  readonly on: Routes;
  readonly retry: RetryPolicy;
  /** No try of the stage takes longer. */
  readonly deadlineMs: number;
  /** So many registrations go into one try of an effect, at most. */
  readonly batch: number;
  /** So many tries of an effect run at once in one worker, at most. */
  readonly concurrency: number;
}

/** When the time of a wait is over: the registration ends so, or goes on at a stage. */
export type Expiry = { readonly verdict: Verdict } | { readonly to: string };

export interface Waker {
  /** Absent: the stage that waits. */
  readonly resumeAt?: string;
  readonly expires: Expiry;
}

export interface Flow {
  /** The process that runs on it. */
  readonly name: string;
  readonly version: number;
  /** The first is where a registration enters. */
  readonly steps: readonly FlowStep[];
  /** Never of `paused`: a pause ends as it says itself. */
  readonly wakers: Readonly<Partial<Record<ParkReason, Waker>>>;
  /** What a registration that reaches the end without another verdict has come to. */
  readonly success: Verdict;
  readonly answer: string;
}

/** A flow with its stages at hand. */
export interface LoadedFlow extends Flow {
  readonly first: string;
  /** @throws Error when the flow has no such stage; so does `stage`. */
  step(stage: string): FlowStep;
  stage(name: string): Stage;
}

/** The flows that are at hand: of each, several versions at once. */
export interface Flows {
  /** What there is a flow for. */
  readonly processes: ReadonlySet<string>;
  /** The newest of a process, which new registrations enter; undefined when there is none. */
  newest(process: string): LoadedFlow | undefined;
  /**
   * The very version that is stamped on the registration, or the one that it would enter. Undefined when it is not at
   * hand: then the registration is not this worker's work.
   */
  flowOf(registration: Pick<Registration, 'process' | 'flow'>): LoadedFlow | undefined;
  version(process: string, version: number): LoadedFlow | undefined;
  /** Every version of every flow, by process, the newest of each first. */
  all(): readonly LoadedFlow[];
}
