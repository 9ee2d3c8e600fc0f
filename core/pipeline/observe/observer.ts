/** What the engine tells of its work, for metrics and logs. Nothing here names a person. */
import type { RegistrationState } from '@enroute/shared/registration/states.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { OutcomeKind } from '../outcome.ts';

export interface Move {
  readonly rid: string;
  readonly process: string;
  readonly from: { readonly state: RegistrationState; readonly stage?: string };
  readonly to: { readonly state: RegistrationState; readonly stage?: string };
  /** What moved it: a stage's outcome, an event, an expiry. */
  readonly by: OutcomeKind | 'enter' | 'event' | 'expiry' | 'strand';
  readonly code?: StatusCode;
  /** How long it was where it came from; undefined where that is not known. */
  readonly dwellMs?: number;
}

export interface StageRun {
  readonly stage: string;
  readonly size: number;
  readonly ms: number;
}

export interface PipelineObserver {
  /** After the move is saved. */
  moved(moves: readonly Move[]): void;
  ran(run: StageRun): void;
  /** How many registrations are in memory, and how far the feed is read. */
  held(window: { readonly open: number; readonly waitingForRoom: boolean }): void;
}

export const UNOBSERVED: PipelineObserver = { moved: () => undefined, ran: () => undefined, held: () => undefined };
