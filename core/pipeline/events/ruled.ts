/** What the rule of an event says, in the words that all of these rules share. */
import { type HistoryEntry, type Registration, withHistory } from '@enroute/shared/registration/registration.ts';
import type { ParkReason } from '../outcome.ts';

/** What of its flow the events of a registration need. */
export interface EventFlow {
  readonly name: string;
  readonly version: number;
  readonly first: string;
  /** The stage by which an end is told. */
  readonly answer: string;
  readonly steps: readonly { readonly stage: string }[];
  /** Where a wait goes on, if that is not where it began. */
  readonly wakers: Readonly<Partial<Record<ParkReason, { readonly resumeAt?: string }>>>;
}

/** The version of a flow that a registration is to change to. */
export interface TargetFlow extends EventFlow {
  /** @throws Error when it has no such stage */
  stage(name: string): { readonly parks?: readonly ParkReason[] };
}

export type Ruled =
  | { readonly kind: 'changed'; readonly registration: Registration }
  | { readonly kind: 'ignored'; readonly why: string }
  /** It can't be told yet; ask again. */
  | { readonly kind: 'later' };

export const LATER = { kind: 'later' } as const satisfies Ruled;

export function ignored(why: string): { readonly kind: 'ignored'; readonly why: string } {
  return { kind: 'ignored', why };
}

export function changed(registration: Registration): Ruled {
  return { kind: 'changed', registration };
}

/** The history of a registration, with what was done to it from outside. */
export function noted(
  { history, stage = '' }: Pick<Registration, 'history' | 'stage'>,
  now: Date,
  entry: Omit<HistoryEntry, 'at' | 'stage'>,
): HistoryEntry[] {
  return withHistory(history, { at: now.toISOString(), stage, ...entry });
}
