/** Capture devices against the core's word on them: unknown and blocked ones, and calibrations that expire. */
import { type Device, deviceOf } from '../device.ts';
import { capturesOf, type EnrolmentFacts } from '../enrolment-facts.ts';
import { type Finding, refusal, warning } from '../finding.ts';
import { isWithin, type MasterData } from '../master-data.ts';

const DAY_MS = 24 * 60 * 60_000;

export interface DevicePolicy {
  /** How long before a calibration expires the operator is told. */
  readonly calibrationWarnDays: number;
}

export const DEFAULT_DEVICE_POLICY: DevicePolicy = { calibrationWarnDays: 14 };

/** Each device that was used is told once for each thing that is wrong with it. */
export function checkDevices(facts: EnrolmentFacts, policy: DevicePolicy, master: MasterData): Finding[] {
  const findings = new Map<string, Finding>();
  for (const capture of capturesOf(facts)) {
    const device = deviceOf(capture);
    const judged = device ? judgeDevice(device, capture.capturedAt, policy, master) : judgeNameless(master);
    for (const finding of judged) findings.set(`${finding.code} ${finding.detail}`, finding);
  }
  return [...findings.values()];
}

/** Where only known devices may be used, one that does not say which it is, is not known. */
function judgeNameless({ known }: MasterData): Finding[] {
  return known ? [refusal('ENR-CMD-008', 'a device without a name')] : [];
}

/** @param at when it captured (ISO 8601, UTC) */
function judgeDevice(device: Device, at: string, policy: DevicePolicy, master: MasterData): Finding[] {
  const name = `${device.make} ${device.model} ${device.serial}`;
  const findings: Finding[] = [];
  if (master.known && !master.known.some((one) => isSame(one, device))) findings.push(refusal('ENR-CMD-008', name));
  const blocks = master.blocked.filter((one) => isSame(one, device));
  if (isWithin(blocks, at)) findings.push(refusal('ENR-CMD-005', name));

  const calibrations = master.calibrated.filter((one) => isSame(one, device));
  if (calibrations.length === 0) return findings;
  const leftMs = Math.max(...calibrations.map(({ until }) => Date.parse(until))) - Date.parse(at);
  if (leftMs <= 0) findings.push(refusal('ENR-CMD-006', name));
  else if (leftMs < policy.calibrationWarnDays * DAY_MS) findings.push(warning('ENR-CMD-007', name));
  return findings;
}

function isSame(one: Device, other: Device): boolean {
  return one.make === other.make && one.model === other.model && one.serial === other.serial;
}
