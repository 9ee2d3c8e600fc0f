/**
 * Codes with which a country's own stages refuse. A receipt is signed, and a station lets go of a packet on receipts that
 * it understands alone, so a receipt never carries a code that an older station doesn't know: the station is told one of
 * Enroute's own, which says what can be done at the desk. The country's code is kept on the registration as a fact.
 */
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { CountryCodeConfig } from './stage-config.ts';

export const COUNTRY_VERDICTS = ['ENR-CTY-001', 'ENR-CTY-002', 'ENR-CTY-003'] as const satisfies readonly StatusCode[];

export type CountryVerdict = (typeof COUNTRY_VERDICTS)[number];

/** What a stage may refuse with, and what the station is told then. */
export type CountryCodes = ReadonlyMap<string, CountryVerdict>;

export function codesOf(codes: readonly CountryCodeConfig[]): CountryCodes {
  return new Map(codes.map(({ code, tells }) => [code, tells]));
}
