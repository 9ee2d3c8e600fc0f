/** switch-identity: makes a number active, or inactive, as the registration's process says. */
import type { Process } from '@enroute/shared/enrolment/enrolment.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { CoreDatabases } from '../../databases.ts';
import { changeIdentities, type IdentityChange } from '../../identity/change-identities.ts';
import { linkUins } from '../../identity/link-uins.ts';
import type { CoreKeys } from '../../keys.ts';
import type { Outcome } from '../outcome.ts';
import type { EffectStage, Work } from '../stage.ts';
import { NOBODY, statedUin } from './stated-uin.ts';

interface Switch {
  readonly act: 'activate' | 'deactivate';
  /** When somebody was faster. */
  readonly already: StatusCode;
}

const SWITCHES: Readonly<Partial<Record<Process, Switch>>> = {
  ACTIVATE: { act: 'activate', already: 'ENR-IDN-003' },
  DEACTIVATE: { act: 'deactivate', already: 'ENR-IDN-004' },
};

export function switchIdentityStage(
  databases: Pick<CoreDatabases, 'identities' | 'uins'>,
  keys: Pick<CoreKeys, 'storage'>,
): EffectStage {
  return {
    name: 'switch-identity',
    kind: 'effect',
    reads: true,
    outcomes: ['next', 'reject'],
    perform: async (works, now) => {
      const changes = works.map(changeOf);
      const results = await changeIdentities(changes, databases.identities, keys.storage, now);
      const done = changes.filter((_, nth) => results[nth]?.kind === 'done');
      await linkUins(new Map(done.map(({ rid, uin }) => [rid, uin])), databases);
      return results.map(({ kind }, nth): Outcome => {
        if (kind === 'done') return { kind: 'next' };
        const already = works[nth] && switchOf(works[nth]).already;
        return { kind: 'reject', code: kind === 'already' && already ? already : 'ENR-IDN-001' };
      });
    },
  };
}

function changeOf(work: Work): IdentityChange {
  // The packet stage lets none pass without.
  return { uin: statedUin(work) ?? NOBODY, rid: work.registration._id, act: switchOf(work).act };
}

/** @throws Error on a process that switches nothing: a flow has this stage where it does not belong. */
function switchOf({ registration: { process } }: Work): Switch {
  const found = SWITCHES[process];
  if (!found) throw new Error(`${process} does not switch a number.`);
  return found;
}
