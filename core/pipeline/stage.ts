/**
 * A stage: one step of a flow, in a module of its own that knows nothing of the others. A pure stage decides from the
 * registration and the packet; consecutive pure stages run in one pass and are saved once. An effect changes something
 * outside, is always preceded by a save, works on a whole batch, and does no harm when it is carried out again.
 */
import type { Container } from '@enroute/shared/packet/container.ts';
import type { StoredRegistration } from '../databases.ts';
import type { Outcome, OutcomeKind, ParkReason } from './outcome.ts';

/** The contents of a registration's packets. */
export interface OpenedPackets {
  readonly packet: Container;
  /** When it was sealed, by its header, which the station signed (ISO 8601, UTC). */
  readonly sealedAt: string;
  /** Of the corrections that were taken up, oldest first. */
  readonly corrections: readonly Container[];
}

export interface Work {
  readonly registration: StoredRegistration;
  /** What the registration has come to, or will have when nothing else turns up. */
  readonly verdict: NonNullable<StoredRegistration['verdict']>;
  /** @throws EnrouteError ENR-PKT-… when a packet does not open, for a stage that `reads`; never for another. */
  readonly packets: () => OpenedPackets;
}

interface StageBase {
  readonly name: string;
  /** Every kind of outcome that the stage can have, besides `retry` and `fail`, which any stage can. */
  readonly outcomes: readonly Exclude<OutcomeKind, 'retry' | 'fail'>[];
  /** The ways that a `branch` can name. */
  readonly branches?: readonly string[];
  /** What it can wait for, where it parks. */
  readonly parks?: readonly ParkReason[];
  /** Country facts that it can find out, by name. */
  readonly facts?: readonly string[];
}

export interface PureStage extends StageBase {
  readonly kind: 'pure';
  readonly decide: (work: Work, now: Date) => Outcome;
}

export interface EffectStage extends StageBase {
  readonly kind: 'effect';
  /** Whether the stage looks into the packet; it is not fetched and opened for one that does not. */
  readonly reads: boolean;
  /** Of one that asks somebody outside: a step must leave it the time to ask for all that it gives it at once. */
  readonly asks?: Asking;
  /**
   * One outcome for each, in order.
   * @param endsAt when nobody looks at the outcomes any more (milliseconds of `performance.now`); a stage that can be
   *   late has answered by then, with `retry` for what it did not come to
   */
  readonly perform: (works: readonly Work[], now: Date, endsAt?: number) => Promise<Outcome[]>;
}

export interface Asking {
  /** Registrations that can be asked about at the same time. */
  readonly atOnce: number;
  /** How long they can take to be answered. */
  readonly longestMs: number;
}

export type Stage = PureStage | EffectStage;

export function readsPacket(stage: Stage): boolean {
  return stage.kind === 'pure' || stage.reads;
}
