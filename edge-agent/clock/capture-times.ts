/**
 * Capture software and devices stamp with the clock of this machine. Where that is known to be wrong, what was captured
 * just now would seem to be days old, or to come from the future, beside the time of the seal: its times are brought to
 * the station's time. What the device has signed stays as it is.
 */
import type { Biometric, Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import { CLOCK_WRONG_MS, type StationClock } from './station-clock.ts';

/** An enrolment that was finished so recently, by the clock of this machine, was captured by that clock. */
const RECENT_MS = 60 * 60_000;

/** Leaves alone what was captured long ago, such as an import from another system. */
export function inStationTime(enrolment: Enrolment, clock: Pick<StationClock, 'now' | 'shiftMs'>): Enrolment {
  const nowMs = clock.now().getTime();
  const { shiftMs } = clock;
  const agoMs = nowMs - shiftMs - Date.parse(enrolment.capturedAt);
  const isRecent = agoMs <= RECENT_MS && agoMs >= -CLOCK_WRONG_MS;
  const isOfTheFuture = Date.parse(enrolment.capturedAt) - nowMs > CLOCK_WRONG_MS && agoMs >= -CLOCK_WRONG_MS;
  if (Math.abs(shiftMs) <= CLOCK_WRONG_MS || !(isRecent || isOfTheFuture)) return enrolment;
  const shifted = (at: string): string => new Date(Date.parse(at) + shiftMs).toISOString();
  const allShifted = (captures: readonly Biometric[]): Biometric[] =>
    captures.map((capture) => ({ ...capture, capturedAt: shifted(capture.capturedAt) }));
  return {
    ...enrolment,
    capturedAt: shifted(enrolment.capturedAt),
    biometrics: allShifted(enrolment.biometrics),
    ...(enrolment.introducer && { introducer: { biometrics: allShifted(enrolment.introducer.biometrics) } }),
  };
}
