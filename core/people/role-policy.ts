/** What comes with a role, as tables. */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { Actor, Role } from './person.ts';

/** Who decides about keys, people and identities proves more than a password. */
export const SECOND_FACTOR_ROLES: readonly Role[] = ['administrator', 'adjudicator'];

/** A service has no second factor, so it can hold no role that needs one. */
const SERVICE_ROLES: readonly Role[] = ['operations', 'supervisor', 'auditor'];

/** Who has one of these sees the whole country. */
const COUNTRY_ROLES: readonly Role[] = ['administrator', 'operations', 'auditor'];

export interface Given {
  readonly roles: readonly Role[];
  readonly centers: Actor['centers'];
}

/** @throws EnrouteError ENR-PPL-014 when the roles do not go with the centers, or not with what is to hold them. */
export function requireFitting({ roles, centers }: Given, kind: Actor['kind']): void {
  const blind = roles.includes('supervisor') && centers !== 'all' && centers.length === 0;
  const forbidden = kind === 'service' && roles.some((role) => !SERVICE_ROLES.includes(role));
  if (blind || forbidden) throw new EnrouteError('ENR-PPL-014');
}

/** The centers that somebody sees in fact. */
export function centersSeen({ roles, centers }: Given): Actor['centers'] {
  return roles.some((role) => COUNTRY_ROLES.includes(role)) ? 'all' : centers;
}
