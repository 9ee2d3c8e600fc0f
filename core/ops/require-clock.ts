/**
 * A new epoch is counted by the clock, so that stations take its word for the later one. A machine whose clock is
 * behind what its own store tells of would give out a word that they have every reason to take for an old one.
 */
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { StationRegister } from '../stations/station-register.ts';

/**
 * The notes of when stations were last heard of are the newest times of a core at work.
 * @throws EnrouteError ENR-OPS-007 when the clock is behind one of them.
 */
export async function requireClockNotBehind(stations: Pick<StationRegister, 'lastSeen'>, now: Date): Promise<void> {
  const newest = [...(await stations.lastSeen()).values()].sort().at(-1);
  if (newest !== undefined && Date.parse(newest) > now.getTime()) {
    throw new EnrouteError('ENR-OPS-007', `${now.toISOString()}, and a station was heard of at ${newest}`);
  }
}
