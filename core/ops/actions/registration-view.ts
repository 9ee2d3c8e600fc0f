/** One registration, as people look at it: where it is, what it waits for and until when, and all that was noted of it. */
import type { HistoryEntry, Parked } from '@enroute/shared/registration/registration.ts';
import type { CoreDatabases, StoredRegistration } from '../../databases.ts';
import { openHistories } from '../../pipeline/history/histories.ts';
import { sinceOf } from './selection.ts';

export interface RegistrationView {
  readonly rid: string;
  readonly state: string;
  readonly station: string;
  readonly operator: string;
  readonly process: string;
  readonly priority: string;
  readonly flow: { readonly name: string; readonly version: number } | null;
  readonly stage: string | null;
  /** Since when it is there. */
  readonly since: string;
  /** Failed tries of its stage, and when the next one is. */
  readonly attempts: number;
  readonly notBefore: string | null;
  readonly parked: Parked | null;
  readonly verdict: StoredRegistration['verdict'] | null;
  /** Registrations of whom this one may be about, for who decides. */
  readonly candidates: readonly string[];
  /** What was ordered, and has not come to it yet. */
  readonly ordered: number;
  readonly history: readonly HistoryEntry[];
}

const MAX_ORDERED = 100;

/** @returns undefined when there is none of that id. @throws StoreError */
export async function viewRegistration(
  rid: string,
  { registrations, histories, events }: Pick<CoreDatabases, 'registrations' | 'histories' | 'events'>,
): Promise<RegistrationView | undefined> {
  const found = await registrations.get<StoredRegistration>(rid);
  if (!found) return undefined;
  const history = await openHistories(histories).of(found);
  const ordered = await events.range({ start: `${rid}:`, end: `${rid};`, limit: MAX_ORDERED });
  const { state, station, operator, process, priority, stage, attempts, notBefore, parked, verdict, flow, facts } =
    found;
  return {
    rid,
    state,
    station,
    operator,
    process,
    priority,
    flow: flow ?? null,
    stage: stage ?? null,
    since: sinceOf(found),
    attempts,
    notBefore: notBefore ?? null,
    parked: parked ?? null,
    verdict: verdict ?? null,
    candidates: facts.candidates ?? [],
    ordered: ordered.length,
    history,
  };
}
