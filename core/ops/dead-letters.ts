/** Registrations that the engine has given up: which there are, and taking one up again after its cause was mended. */
import { moveTo, withHistory } from '@enroute/shared/registration/registration.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { StoredRegistration } from '../databases.ts';
import { EVERY_RID, pages } from '../store/pages.ts';
import type { Database } from '../store/store.ts';

export interface DeadLetter {
  readonly rid: string;
  readonly station: string;
  /** The stage that gave up; empty when it never entered a flow. */
  readonly stage: string;
  /** When, and why it last failed. */
  readonly at: string;
  readonly code: string;
}

const MAX_LISTED = 1_000;

/** At most a thousand, in the order of their RIDs. */
export async function listDeadLetters(registrations: Database): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  for await (const page of pages<StoredRegistration>(registrations, EVERY_RID)) {
    for (const { _id: rid, station, state, stage = '', history, announcedAt } of page) {
      if (state !== 'DEAD_LETTER') continue;
      const last = history.at(-1);
      found.push({ rid, station, stage, at: last?.at ?? announcedAt, code: last?.code ?? 'ENR-ENG-001' });
      if (found.length === MAX_LISTED) return found;
    }
  }
  return found;
}

/**
 * The stage that gave up is run again, with its whole budget.
 * @throws EnrouteError ENR-OPS-001 when the registration is no dead letter.
 */
export async function resumeDeadLetter(rid: string, registrations: Database, now: Date): Promise<void> {
  const registration = await registrations.get<StoredRegistration>(rid);
  if (registration?.state !== 'DEAD_LETTER' || registration.stage === undefined) {
    throw new EnrouteError('ENR-OPS-001', rid);
  }
  const entry = { at: now.toISOString(), stage: registration.stage, outcome: 'resume' };
  const history = withHistory(registration.history, entry);
  const [result] = await registrations.write([moveTo(registration, 'IN_FLOW', { attempts: 0, history })]);
  if (!result?.ok) throw new EnrouteError('ENR-WEB-002', `${rid} is being written by others`);
}
