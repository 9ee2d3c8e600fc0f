/**
 * hand-over: gives a correction to the registration that waits for it. That one may be another worker's, so it is told by
 * an event, which wakes it. The correction is handed over once the event is durable: when the wait's own time runs out in
 * the same moment, what becomes of the person is told by the registration's end, not by the correction's.
 *
 * ```
 * the registration                                  so
 * is not there, or another station's                reject
 * has taken it up already                           next
 * has ended, or is about to                         reject
 * runs on a flow that waits for no correction       reject
 * runs on a flow that is not at hand here           next: its own worker judges
 * waits for it, or does not wait yet (it is held,   next: the event lies there until it does
 * a dead letter, or the correction was faster)
 * ```
 */
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { isTerminal } from '@enroute/shared/registration/states.ts';
import type { CoreDatabases, StoredRegistration } from '../../databases.ts';
import { applyEvent } from '../events/apply-event.ts';
import type { EventDraft, PipelineEvent } from '../events/event.ts';
import type { EventFlow } from '../events/ruled.ts';
import type { Outcome } from '../outcome.ts';
import type { EffectStage } from '../stage.ts';

/** The flow that a registration runs on, in its version; undefined where this worker does not have it. */
export type FlowOf = (registration: Pick<Registration, 'process' | 'flow'>) => EventFlow | undefined;

const NOT_WAITING: Outcome = { kind: 'reject', code: 'ENR-VAL-007' };

export interface HandOverParts {
  readonly databases: Pick<CoreDatabases, 'registrations'>;
  readonly flowOf: FlowOf;
  readonly sendEvents: (events: readonly EventDraft[]) => Promise<void>;
}

export function handOverStage({ databases, flowOf, sendEvents }: HandOverParts): EffectStage {
  return {
    name: 'hand-over',
    kind: 'effect',
    reads: false,
    outcomes: ['next', 'reject'],
    perform: async (works, now) => {
      const parents = works.flatMap(({ registration }) => registration.corrects ?? []);
      const found = await databases.registrations.getMany<StoredRegistration>([...new Set(parents)]);
      const parentOf = new Map(found.map((parent) => [parent._id, parent]));
      const judged = works.map(({ registration }) =>
        judge(registration, parentOf.get(registration.corrects ?? ''), now),
      );
      await sendEvents(judged.flatMap(({ event }) => event ?? []));
      return judged.map(({ outcome }) => outcome);
    },
  };

  function judge(correction: StoredRegistration, parent: StoredRegistration | undefined, now: Date): Judged {
    if (!parent || parent.station !== correction.station) return { outcome: NOT_WAITING };
    if (parent.corrections.some(({ rid }) => rid === correction._id)) return { outcome: { kind: 'next' } };
    if (isTerminal(parent.state) || parent.verdict) return { outcome: NOT_WAITING };
    const event = eventOf(correction, parent._id, now);
    const flow = flowOf(parent);
    const isRefused = flow && (!flow.wakers.correction || applyEvent(parent, event, flow, now).kind === 'ignored');
    return isRefused ? { outcome: NOT_WAITING } : { outcome: { kind: 'next' }, event };
  }
}

interface Judged {
  readonly outcome: Outcome;
  /** For the registration that waits. */
  readonly event?: PipelineEvent;
}

function eventOf({ _id: rid, packet }: StoredRegistration, parent: string, now: Date): PipelineEvent {
  const body = { rid, digest: packet.digest };
  const at = now.toISOString();
  return { _id: `${parent}:corrected-${rid}`, v: 1, kind: 'wake', rid: parent, at, reason: 'correction', body };
}
