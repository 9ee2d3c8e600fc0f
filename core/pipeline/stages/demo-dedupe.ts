/** demo-dedupe: refuses a person whose name, date of birth and gender another registration has claimed already. */
import { readIdentity } from '@enroute/shared/packet/contents.ts';
import { demographicKeys } from '@enroute/shared/policy/demographic-keys.ts';
import type { CoreDatabases } from '../../databases.ts';
import { claimDemographics } from '../../identity/demographic-claims.ts';
import type { CoreKeys } from '../../keys.ts';
import type { Outcome } from '../outcome.ts';
import type { EffectStage } from '../stage.ts';

export function demoDedupeStage(databases: CoreDatabases, keys: CoreKeys): EffectStage {
  return {
    name: 'demo-dedupe',
    kind: 'effect',
    reads: true,
    outcomes: ['next', 'reject'],
    perform: async (works) => {
      const claims = works.map(({ registration, packets }) => ({
        rid: registration._id,
        keys: demographicKeys(readIdentity(packets().packet), keys.dedupe),
      }));
      const refused = await claimDemographics(claims, databases.dedupe, databases.registrations);
      return claims.map(({ rid, keys: own }): Outcome => {
        // Whoever can't be compared would pass as often as they like.
        if (own.length === 0) return { kind: 'reject', code: 'ENR-VAL-002' };
        return refused.has(rid) ? { kind: 'reject', code: 'ENR-DDP-001' } : { kind: 'next' };
      });
    },
  };
}
