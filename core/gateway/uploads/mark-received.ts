/**
 * Notes in registrations that their packets have come. A write costs a disk's sync whether it is of one document or of a
 * hundred: while one is under way, those that come wait and are written together by the next.
 */
import { moveTo } from '@enroute/shared/registration/registration.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { StoredRegistration } from '../../databases.ts';
import { type Database, MAX_BATCH } from '../../store/store.ts';

/**
 * Durable when it resolves. One that has gone further by then stays as it is.
 * @param registration as it was read when it was ANNOUNCED
 * @throws EnrouteError ENR-UPL-001 when there is none any more, ENR-WEB-002 when others keep writing it
 */
export type MarkReceived = (registration: StoredRegistration) => Promise<void>;

interface Waiting {
  readonly registration: StoredRegistration;
  readonly marked: PromiseWithResolvers<void>;
}

const MAX_TRIES = 5;

export function openMarkReceived(registrations: Database, now: () => Date): MarkReceived {
  let waiting: Waiting[] = [];
  let writing = false;

  const received = (registration: StoredRegistration) => {
    const at = now();
    return moveTo(registration, 'RECEIVED', { receivedAt: at.toISOString() }, at);
  };

  const writeWaiting = async (): Promise<void> => {
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MAX_BATCH);
      waiting = waiting.slice(MAX_BATCH);
      await writeBatch(batch);
    }
    writing = false;
  };

  const writeBatch = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const results = await registrations.write(batch.map(({ registration }) => received(registration)));
      batch.forEach(({ registration, marked }, nth) => {
        marked.resolve(results[nth]?.ok ? undefined : markAlone(registration._id));
      });
    } catch (error) {
      for (const { marked } of batch) marked.reject(error);
    }
  };

  /** Others have written it meanwhile. */
  const markAlone = async (rid: string): Promise<void> => {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const registration = await registrations.get<StoredRegistration>(rid);
      if (!registration) throw new EnrouteError('ENR-UPL-001');
      if (registration.state !== 'ANNOUNCED') return;
      const [result] = await registrations.write([received(registration)]);
      if (result?.ok) return;
    }
    throw new EnrouteError('ENR-WEB-002', 'registration is being written by others');
  };

  return (registration) => {
    const marked = Promise.withResolvers<void>();
    waiting.push({ registration, marked });
    if (!writing) void writeWaiting();
    return marked.promise;
  };
}
