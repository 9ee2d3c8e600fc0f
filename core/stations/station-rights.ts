/** What a station may do in each state that it can be in: one table, asked by the gateway and by the courier. */

/**
 * active: works. suspended: kept out until an administrator lets it in again; nothing is lost. draining: revoked, but
 * what it had sealed before may still come in. revoked: kept out for good; the number may be given to another machine.
 */
export const STATION_STATES = ['active', 'suspended', 'draining', 'revoked'] as const;
export type StationState = (typeof STATION_STATES)[number];

/** announce: manifests of packets. deliver: bytes and heartbeats. receive: receipts, results, tasks, master data. keys: new keys of its own. */
export const STATION_RIGHTS = ['announce', 'deliver', 'receive', 'keys'] as const;
export type StationRight = (typeof STATION_RIGHTS)[number];

const RIGHTS: Readonly<Record<StationState, readonly StationRight[]>> = {
  active: STATION_RIGHTS,
  suspended: [],
  draining: ['announce', 'deliver', 'receive'],
  revoked: [],
};

export function hasRight(state: StationState, right: StationRight): boolean {
  return RIGHTS[state].includes(right);
}
