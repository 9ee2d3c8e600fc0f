/**
 * The RID, a registration's id: 29 digits = center(5) machine(5) sequence(5) UTC yyyyMMddHHmmss(14).
 * Unlike the regular expressions in use elsewhere, the time is exact to the calendar: 29 February exists in leap years
 * only.
 */
import { EnrouteError } from '../status/enroute-error.ts';

export interface Rid {
  /** `center(5)` + `machine(5)` digits. */
  readonly station: string;
  readonly center: string;
  readonly machine: string;
  /** 1 to 99 999, counted by the station; 0 is never issued. */
  readonly sequence: number;
  readonly at: Date;
}

export const STATION_PATTERN = /^\d{10}$/;
export const MAX_SEQUENCE = 99_999;

const RID_PATTERN = /^(\d{5})(\d{5})(\d{5})(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/;

/** @throws EnrouteError ENR-RID-001 when it is not 29 digits, ENR-RID-002 when its time does not exist. */
export function parseRid(text: string): Rid {
  const match = RID_PATTERN.exec(text);
  if (!match) throw new EnrouteError('ENR-RID-001');
  const [, center = '', machine = '', sequence = '', year, month, day, hour, minute, second] = match;
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date accepts 30 February in some forms and rolls it over; what it prints back tells.
  if (Number.isNaN(at.getTime()) || timestamp(at) !== text.slice(15)) throw new EnrouteError('ENR-RID-002');
  return { station: center + machine, center, machine, sequence: Number(sequence), at };
}

/** @param station ten digits; @param sequence 1 to 99 999; @param at its fraction of a second is dropped. */
export function formatRid(station: string, sequence: number, at: Date): string {
  if (!STATION_PATTERN.test(station)) throw new RangeError(`A station is ten digits, not "${station}".`);
  if (!Number.isInteger(sequence) || sequence < 1 || sequence > MAX_SEQUENCE) {
    throw new RangeError(`A sequence lies between 1 and ${MAX_SEQUENCE}, not ${sequence}.`);
  }
  return `${station}${String(sequence).padStart(5, '0')}${timestamp(at)}`;
}

export function isRid(text: string): boolean {
  try {
    parseRid(text);
    return true;
  } catch {
    return false;
  }
}

function timestamp(at: Date): string {
  return at.toISOString().slice(0, 19).replace(/[-T:]/g, '');
}
