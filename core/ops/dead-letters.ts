/** Registrations that the engine has given up: which there are, and taking one up again after its cause was mended. */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { StoredRegistration } from '../databases.ts';
import type { Database } from '../store/store.ts';
import { type LookOptions, lookFor } from './actions/look.ts';
import type { Given, Orders } from './actions/orders.ts';

export interface DeadLetter {
  readonly rid: string;
  readonly station: string;
  /** The stage that gave up; empty when it never entered a flow. */
  readonly stage: string;
  /** When, and why it last failed. */
  readonly at: string;
  readonly code: string;
}

export interface DeadLetters {
  /** At most a thousand, in the order of their RIDs. */
  readonly letters: readonly DeadLetter[];
  /** False when there may be others. */
  readonly complete: boolean;
}

const MAX_LISTED = 1_000;
/** A page waits no longer. */
const WITHIN_MS = 20_000;

/** @throws StoreError */
export async function listDeadLetters(
  among: Pick<LookOptions, 'registrations' | 'checkpoints' | 'now'>,
): Promise<DeadLetters> {
  const { rids, complete } = await lookFor({ states: ['DEAD_LETTER'] }, { ...among, withinMs: WITHIN_MS });
  const first = [...rids].sort().slice(0, MAX_LISTED);
  const found = await among.registrations.getMany<StoredRegistration>(first);
  const letters = found
    .filter(({ state }) => state === 'DEAD_LETTER')
    .map(deadLetterOf)
    .sort((one, other) => (one.rid < other.rid ? -1 : 1));
  return { letters, complete: complete && rids.length <= MAX_LISTED };
}

/**
 * Orders the stage that gave up to be run again, with its whole budget.
 * @throws EnrouteError ENR-OPS-001 when the registration is no dead letter.
 */
export async function resumeDeadLetter(
  rid: string,
  by: string,
  registrations: Database,
  orders: Pick<Orders, 'giveOne'>,
): Promise<Given> {
  const registration = await registrations.get<StoredRegistration>(rid);
  if (registration?.state !== 'DEAD_LETTER') throw new EnrouteError('ENR-OPS-001', rid);
  return orders.giveOne(rid, { do: 'resume' }, by);
}

function deadLetterOf({ _id: rid, station, stage = '', history, announcedAt }: StoredRegistration): DeadLetter {
  const last = history.at(-1);
  return { rid, station, stage, at: last?.at ?? announcedAt, code: last?.code ?? 'ENR-ENG-001' };
}
