/** hand-over: gives a correction to the registration that waits for it, and wakes that one. */
import { moveTo } from '@enroute/shared/registration/registration.ts';
import type { CoreDatabases, StoredRegistration } from '../../databases.ts';
import { StoreError } from '../../store/store.ts';
import type { LoadedFlow } from '../flow.ts';
import type { Outcome } from '../outcome.ts';
import type { EffectStage } from '../stage.ts';

const NOT_WAITING: Outcome = { kind: 'reject', code: 'ENR-VAL-007' };

/** @param flowOf the flow that a waiting registration runs on */
export function handOverStage(
  databases: CoreDatabases,
  flowOf: (registration: StoredRegistration) => LoadedFlow | undefined,
): EffectStage {
  return {
    name: 'hand-over',
    kind: 'effect',
    reads: false,
    outcomes: ['next', 'reject'],
    perform: async (works) => {
      const outcomes: Outcome[] = [];
      // One after the other: two corrections of the same registration must see each other.
      for (const { registration } of works) outcomes.push(await handOver(registration));
      return outcomes;
    },
  };

  async function handOver(correction: StoredRegistration): Promise<Outcome> {
    const { corrects } = correction;
    const parent = corrects && (await databases.registrations.get<StoredRegistration>(corrects));
    if (!parent || parent.station !== correction.station) return NOT_WAITING;
    if (parent.corrections.some(({ rid }) => rid === correction._id)) return { kind: 'next' };
    const waker = flowOf(parent)?.wakers.correction;
    if (!waker || parent.verdict) return NOT_WAITING;
    if (parent.parked?.reason !== 'correction') {
      // The task goes out before the wait is saved: after a crash in between, a station can be faster than the core.
      return { kind: 'retry', code: 'ENR-VAL-007', detail: `${parent._id} does not wait now, and has not ended` };
    }
    const corrections = [...parent.corrections, { rid: correction._id, digest: correction.packet.digest }];
    const woken = moveTo(parent, 'IN_FLOW', { stage: waker.resumeAt, corrections, attempts: 0 });
    const [result] = await databases.registrations.write([woken]);
    if (!result?.ok) throw new StoreError(`${parent._id} is being written by others`, { transient: true });
    return { kind: 'next' };
  }
}
