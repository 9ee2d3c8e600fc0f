/**
 * Whose change stands in the record although the registration was stopped: what was written in the moment of the order, or
 * late, after its stage had been given up. What a record says has been done is what the station must be told.
 */
import type { Process } from '@enroute/shared/enrolment/enrolment.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { CoreDatabases } from '../../databases.ts';
import { assignedUins } from '../../identity/assign-uins.ts';
import { actedOn } from '../../identity/identity-records.ts';
import { linkUins } from '../../identity/link-uins.ts';
import type { Work } from '../stage.ts';
import { statedUin } from './stated-uin.ts';

/**
 * These act on the record of the number that they bring, of which the station is told the end. LOST is not among them: to
 * tell of it as completed would hand out a number although somebody has decided against it.
 */
const ACTS: ReadonlySet<Process> = new Set(['UPDATE', 'RES_UPDATE', 'ACTIVATE', 'DEACTIVATE']);

/**
 * @param works that are to end otherwise than completed
 * @returns the RIDs of those that have changed a record; their number is noted, if a crash has left that out
 * @throws StoreError
 */
export async function carriedOut(
  works: readonly Work[],
  databases: Pick<CoreDatabases, 'uins' | 'identities'>,
): Promise<ReadonlySet<string>> {
  const acting = works.filter(({ registration }) => ACTS.has(registration.process));
  if (acting.length === 0) return new Set();
  const rids = acting.map(({ registration }) => registration._id);
  const linked = await assignedUins(rids, databases.uins);
  const uins = new Map(
    acting.flatMap((work) => {
      const { _id: rid } = work.registration;
      const uin = linked.get(rid) ?? given(work);
      return uin === undefined ? [] : [[rid, uin] as const];
    }),
  );
  const acted = await actedOn(uins, databases.identities);
  await linkUins(new Map([...uins].filter(([rid]) => acted.has(rid))), databases);
  return acted;
}

/** A packet that does not open has changed nothing, and must get its answer all the same. */
function given(work: Work): string | undefined {
  try {
    return statedUin(work);
  } catch (error) {
    if (error instanceof EnrouteError) return undefined;
    throw error;
  }
}
