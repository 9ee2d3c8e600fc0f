/**
 * What a station or the core knows of the world around a desk, for the policy: the two master documents in one view.
 * A part that is not there sets no rules; a part that is there admits only whom and what it names. No master data at all
 * is no such rules at all.
 */
import type { MasterDevices, MasterStation, Period } from '../schemas/master.ts';
import { DEFAULT_STATION_LIMITS, type StationLimits } from './station-limits.ts';

export interface MasterData
  extends Pick<MasterStation, 'center' | 'machine' | 'hours' | 'people' | 'approval' | 'retentionDays' | 'link'> {
  /** The defaults, with what the core sets in their place. */
  readonly limits: StationLimits;
  readonly blocked: MasterDevices['blocked'];
  readonly calibrated: MasterDevices['calibrated'];
  readonly known?: MasterDevices['known'];
}

type Unsigned<T> = Omit<T, 'signature'>;

/** Either document may come first, or alone. @returns undefined when there is neither. */
export function masterDataOf(
  station: Unsigned<MasterStation> | undefined,
  devices: Unsigned<MasterDevices> | undefined,
): MasterData | undefined {
  if (!station && !devices) return undefined;
  return {
    ...(station?.center && { center: station.center }),
    ...(station?.machine && { machine: station.machine }),
    ...(station?.hours && { hours: station.hours }),
    ...(station?.people && { people: station.people }),
    ...(station?.retentionDays !== undefined && { retentionDays: station.retentionDays }),
    ...(station?.link && { link: station.link }),
    approval: station?.approval ?? false,
    limits: { ...DEFAULT_STATION_LIMITS, ...station?.limits },
    blocked: devices?.blocked ?? [],
    calibrated: devices?.calibrated ?? [],
    ...(devices?.known && { known: devices.known }),
  };
}

/** Whether the time lies in one of the periods. Each begins with `from`, and ends before `until`. */
export function isWithin(periods: readonly Period[], at: string): boolean {
  const time = Date.parse(at);
  return periods.some(
    ({ from, until }) => Date.parse(from) <= time && (until === undefined || time < Date.parse(until)),
  );
}
