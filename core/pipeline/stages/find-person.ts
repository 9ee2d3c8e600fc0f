/**
 * find-person: whose number was lost. Who is looked for among all that have a number is found by the keys under which
 * demographics are claimed; a name in several languages can so lead to several people.
 *
 * ```
 * nobody                      branch "none"
 * one or several              parked: a person decides, who sees the registrations that were found
 * one, and that may suffice   branch "one"
 * it is this one              branch "one"
 * it is none of them          reject
 * ```
 * A name, a date of birth and a gender are known to many: without a comparison of biometrics a single match is no proof,
 * so a person decides on it too unless the country says otherwise.
 */
import { readIdentity } from '@enroute/shared/packet/contents.ts';
import { demographicKeys } from '@enroute/shared/policy/demographic-keys.ts';
import { MAX_CANDIDATES } from '@enroute/shared/registration/registration.ts';
import type { CoreDatabases, StoredRegistration } from '../../databases.ts';
import { assignedUins } from '../../identity/assign-uins.ts';
import { claimants } from '../../identity/demographic-claims.ts';
import { identityStates } from '../../identity/identity-records.ts';
import { linkUins } from '../../identity/link-uins.ts';
import type { CoreKeys } from '../../keys.ts';
import type { Outcome } from '../outcome.ts';
import type { EffectStage } from '../stage.ts';
import { decisionOf } from './decision.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface FindPersonPolicy {
  /** Whether a single match is the person, without anybody's decision. */
  readonly acceptSingleMatch: boolean;
  /** How long a decision may take. */
  readonly decisionDays: number;
}

export const DEFAULT_FIND_PERSON_POLICY: FindPersonPolicy = { acceptSingleMatch: false, decisionDays: 30 };

/** Someone who has a number: the registration by which they were found, and the number. */
interface Match {
  readonly rid: string;
  readonly uin: string;
}

type Settled = { readonly kind: 'settled'; readonly uin: string };

const NONE: Outcome = { kind: 'branch', branch: 'none' };
const ONE: Outcome = { kind: 'branch', branch: 'one' };
const NOBODY_OF_THEM: Outcome = { kind: 'reject', code: 'ENR-LST-003' };
const DEACTIVATED: Outcome = { kind: 'reject', code: 'ENR-IDN-002' };

export function findPersonStage(
  databases: Pick<CoreDatabases, 'registrations' | 'dedupe' | 'uins' | 'identities'>,
  keys: Pick<CoreKeys, 'dedupe'>,
  policy = DEFAULT_FIND_PERSON_POLICY,
): EffectStage {
  return {
    name: 'find-person',
    kind: 'effect',
    reads: true,
    outcomes: ['branch', 'park', 'reject'],
    branches: ['one', 'none'],
    parks: ['decision'],
    perform: async (works, now) => {
      const until = new Date(now.getTime() + policy.decisionDays * DAY_MS);
      const wanted = works.map(({ packets }) => demographicKeys(readIdentity(packets().packet), keys.dedupe));
      const matches = await matchesOf(wanted);
      const verdicts = works.map(({ registration }, nth) => judge(registration, matches[nth] ?? [], until));
      const settled = verdicts.flatMap((verdict) => (verdict.kind === 'settled' ? [verdict.uin] : []));
      const states = await identityStates(settled, databases.identities);
      const links = new Map<string, string>();
      const outcomes = works.map(({ registration }, nth): Outcome => {
        const verdict = verdicts[nth] ?? NONE;
        if (verdict.kind !== 'settled') return verdict;
        if (states.get(verdict.uin) === 'deactivated') return DEACTIVATED;
        links.set(registration._id, verdict.uin);
        return ONE;
      });
      await linkUins(links, databases);
      return outcomes;
    },
  };

  function judge(registration: StoredRegistration, found: readonly Match[], until: Date): Outcome | Settled {
    const [first] = found;
    if (!first) return NONE;
    const decision = decisionOf(registration);
    if (decision?.decision === 'reject') return NOBODY_OF_THEM;
    const chosen = decision && found.find(({ rid }) => rid === decision.rid);
    if (chosen) return { kind: 'settled', uin: chosen.uin };
    if (found.length === 1 && policy.acceptSingleMatch) return { kind: 'settled', uin: first.uin };
    // Who decides looks at these; of a decision for another one nothing is known here, and it is asked for again.
    const candidates = found.slice(0, MAX_CANDIDATES).map(({ rid }) => rid);
    return { kind: 'park', reason: 'decision', until, facts: { candidates } };
  }

  /** For each list of keys: everyone who is found by one of them, once. */
  async function matchesOf(wanted: readonly (readonly string[])[]): Promise<Match[][]> {
    const holders = await claimants(wanted.flat(), databases.dedupe);
    const rids = [...new Set(holders.values())];
    const registrations = await databases.registrations.getMany<StoredRegistration>(rids);
    const completed = registrations.filter(({ state }) => state === 'COMPLETED').map(({ _id }) => _id);
    const uins = await assignedUins(completed, databases.uins);
    return wanted.map((own) => {
      const people = new Map<string, Match>();
      for (const key of own) {
        const rid = holders.get(key);
        const uin = rid === undefined ? undefined : uins.get(rid);
        if (rid !== undefined && uin !== undefined && !people.has(uin)) people.set(uin, { rid, uin });
      }
      return [...people.values()];
    });
  }
}
