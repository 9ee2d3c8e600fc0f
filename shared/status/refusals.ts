/** Codes with which a registration can be refused: what a person may have told to a station in place of its answer. */
import { isStatusCode, type StatusCode } from './codes.ts';

/** Areas that say what is wrong with an enrolment; the others are about machines, links and orders, or say yes. */
const AREAS = /^ENR-(VAL|CMD|INT|QUA|DDP|IDN|LST|CTY)-/;
/** Of these areas, those that only warn. */
const WARNINGS: ReadonlySet<StatusCode> = new Set(['ENR-VAL-014', 'ENR-CMD-007', 'ENR-QUA-003']);
const BY_ORDER: ReadonlySet<StatusCode> = new Set(['ENR-ACT-001', 'ENR-FLW-002']);

export function isRefusal(code: string): code is StatusCode {
  return isStatusCode(code) && (BY_ORDER.has(code) || (AREAS.test(code) && !WARNINGS.has(code)));
}
