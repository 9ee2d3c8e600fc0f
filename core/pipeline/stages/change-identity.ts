/**
 * change-identity: what the person came to change stands in their record. Once for each registration, however often it is
 * carried out; what stood there before is kept.
 */
import type { Identity } from '@enroute/shared/enrolment/enrolment.ts';
import { readBiometricFacts, readIdentity } from '@enroute/shared/packet/contents.ts';
import { demographicKeys } from '@enroute/shared/policy/demographic-keys.ts';
import type { EnrolmentPolicy } from '@enroute/shared/policy/enrolment-policy.ts';
import { changedFields } from '@enroute/shared/policy/rules/changes.ts';
import type { CoreDatabases } from '../../databases.ts';
import { assignedUins } from '../../identity/assign-uins.ts';
import { changeIdentities, type IdentityChange, type IdentityChanged } from '../../identity/change-identities.ts';
import { claimDemographics } from '../../identity/demographic-claims.ts';
import { linkUins } from '../../identity/link-uins.ts';
import type { CoreKeys } from '../../keys.ts';
import type { Outcome } from '../outcome.ts';
import type { EffectStage, Work } from '../stage.ts';
import { NOBODY, statedUin } from './stated-uin.ts';

/** Of these, somebody is found again. */
const FOUND_BY = ['fullName', 'dateOfBirth', 'gender'];

export function changeIdentityStage(
  databases: Pick<CoreDatabases, 'identities' | 'uins' | 'dedupe' | 'registrations'>,
  keys: Pick<CoreKeys, 'storage' | 'dedupe'>,
  policy: Pick<EnrolmentPolicy, 'changes'>,
): EffectStage {
  return {
    name: 'change-identity',
    kind: 'effect',
    reads: true,
    outcomes: ['next', 'reject'],
    perform: async (works, now) => {
      const linked = await assignedUins(
        works.map(({ registration }) => registration._id),
        databases.uins,
      );
      const changes = works.map((work) => changeOf(work, linked));
      const results = await changeIdentities(changes, databases.identities, keys.storage, now);
      await claim(changes, results);
      const done = changes.filter((_, nth) => results[nth]?.kind === 'done');
      await linkUins(new Map(done.map(({ rid, uin }) => [rid, uin])), databases);
      return results.map(({ kind }) => OUTCOMES[kind]);
    },
  };

  /** Of whom the number was found by an earlier stage, that one counts; all others have given theirs. */
  function changeOf(work: Work, linked: ReadonlyMap<string, string>): Change {
    const { registration, packets } = work;
    const { _id: rid, process, packet, corrections } = registration;
    const given = readIdentity(packets().packet);
    const brought = readBiometricFacts(packets().packet).length > 0;
    const digests = [packet.digest, ...corrections.map(({ digest }) => digest)];
    return {
      uin: linked.get(rid) ?? statedUin(work) ?? NOBODY,
      rid,
      act: 'change',
      fields: changedFields(given, process, policy.changes),
      packets: process === 'UPDATE' && brought ? digests : [],
    };
  }

  /**
   * Under a new name the person is found, too. Where another person has that name already it stays theirs: whether two
   * people are one is not for a change of data to find out.
   */
  async function claim(changes: readonly Change[], results: readonly IdentityChanged[]): Promise<void> {
    const claims = changes.flatMap(({ rid, fields }, nth) => {
      const result = results[nth];
      if (result?.kind !== 'done' || !FOUND_BY.some((field) => Object.hasOwn(fields, field))) return [];
      return [{ rid, keys: demographicKeys(result.content.identity, keys.dedupe) }];
    });
    if (claims.length > 0) await claimDemographics(claims, databases.dedupe, databases.registrations);
  }
}

type Change = IdentityChange & { readonly fields: Identity };

const OUTCOMES: Readonly<Record<IdentityChanged['kind'], Outcome>> = {
  done: { kind: 'next' },
  unknown: { kind: 'reject', code: 'ENR-IDN-001' },
  deactivated: { kind: 'reject', code: 'ENR-IDN-002' },
  // Only a state can be there already, and none is changed here.
  already: { kind: 'next' },
};
