/** What somebody who has signed in may do now, and what they have to do first. */

import type { Actor } from './person.ts';
import type { PersonRecord } from './person-records.ts';
import { centersSeen, SECOND_FACTOR_ROLES } from './role-policy.ts';

export interface Standing {
  /** Without roles, as long as there is something to do first: what is one's own needs none. */
  readonly actor: Actor;
  /** Whether it is on. */
  readonly secondFactor: boolean;
  readonly mustChangePassword: boolean;
  readonly mustSetUpSecondFactor: boolean;
}

/** @param demanded whether the roles that call for a second factor get it, or, in a pilot, do without */
export function standingOf(record: PersonRecord, demanded: boolean): Standing {
  const { id, roles } = record;
  const secondFactor = record.secondFactor !== undefined;
  const mustChangePassword = record.password === undefined;
  const called = demanded && roles.some((role) => SECOND_FACTOR_ROLES.includes(role));
  const mustSetUpSecondFactor = called && !secondFactor;
  const held = mustChangePassword || mustSetUpSecondFactor;
  return {
    actor: { id, kind: 'person', roles: held ? [] : roles, centers: held ? [] : centersSeen(record) },
    secondFactor,
    mustChangePassword,
    mustSetUpSecondFactor,
  };
}
