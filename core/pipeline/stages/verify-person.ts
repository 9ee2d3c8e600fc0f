/**
 * verify-person: whether the number that was given is the person's own. A number can be read off anybody's card, and no
 * capture is compared here: until a comparison of biometrics does it, a person does, and the record is untouched till then.
 *
 * ```
 * the number is nobody's                  reject
 * the number suffices, says the country   next
 * not decided                             parked: a person decides, who is shown the registration that got the number
 * it is that person                       next; said by that registration's RID, or by this one's own
 * it is not                               reject
 * ```
 */
import type { CoreDatabases, StoredRegistration } from '../../databases.ts';
import type { IdentityDoc } from '../../identity/identity-records.ts';
import type { Outcome } from '../outcome.ts';
import type { EffectStage } from '../stage.ts';
import { decisionOf } from './decision.ts';
import { statedUin } from './stated-uin.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface VerifyPersonPolicy {
  /** Whether the number alone shows who it is, without anybody's decision. */
  readonly numberSuffices: boolean;
  /** How long a decision may take. */
  readonly decisionDays: number;
}

export const DEFAULT_VERIFY_PERSON_POLICY: VerifyPersonPolicy = { numberSuffices: false, decisionDays: 30 };

const NEXT: Outcome = { kind: 'next' };
const UNKNOWN: Outcome = { kind: 'reject', code: 'ENR-IDN-001' };
const NOT_THEIRS: Outcome = { kind: 'reject', code: 'ENR-IDN-007' };

export function verifyPersonStage(
  { identities }: Pick<CoreDatabases, 'identities'>,
  policy = DEFAULT_VERIFY_PERSON_POLICY,
): EffectStage {
  return {
    name: 'verify-person',
    kind: 'effect',
    reads: true,
    outcomes: ['next', 'park', 'reject'],
    parks: ['decision'],
    perform: async (works, now) => {
      const until = new Date(now.getTime() + policy.decisionDays * DAY_MS);
      const uins = works.map((work) => statedUin(work));
      const docs = await identities.getMany<IdentityDoc>([...new Set(uins.flatMap((uin) => uin ?? []))]);
      const owners = new Map(docs.map(({ _id, rid }) => [_id, rid]));
      return works.map(({ registration }, nth) => judge(registration, owners.get(uins[nth] ?? ''), until));
    },
  };

  function judge(registration: StoredRegistration, owner: string | undefined, until: Date): Outcome {
    if (owner === undefined) return UNKNOWN;
    if (policy.numberSuffices) return NEXT;
    const decided = decisionOf(registration);
    if (decided?.decision === 'reject') return NOT_THEIRS;
    if (decided && [owner, registration._id].includes(decided.rid)) return NEXT;
    // A decision for anybody else decides nothing here, and is asked for again.
    return { kind: 'park', reason: 'decision', until, facts: { candidates: [owner] } };
  }
}
