/**
 * Ages are reckoned at the time of capture, in one place: a person who turns eighteen while the packet waits for a link
 * stays what they were at the desk.
 */

import type { Identity } from '../enrolment/enrolment.ts';

export const AGE_GROUPS = ['INFANT', 'MINOR', 'ADULT'] as const;
export type AgeGroup = (typeof AGE_GROUPS)[number];

const INFANT_UNTIL_YEARS = 6;
const ADULT_FROM_YEARS = 18;
const OLDEST_YEARS = 150;
const DATE = /^(\d{4})\/(\d{2})\/(\d{2})$/;

/**
 * Completed years of life.
 * @param dateOfBirth "yyyy/MM/dd"
 * @param at ISO 8601, UTC
 * @returns undefined when the date does not exist, lies after `at`, or more than 150 years before it.
 */
export function ageAt(dateOfBirth: string, at: string): number | undefined {
  const birth = dateOf(dateOfBirth);
  if (!birth) return undefined;
  const then = new Date(at);
  const beforeBirthday =
    then.getUTCMonth() < birth.getUTCMonth() ||
    (then.getUTCMonth() === birth.getUTCMonth() && then.getUTCDate() < birth.getUTCDate());
  const years = then.getUTCFullYear() - birth.getUTCFullYear() - (beforeBirthday ? 1 : 0);
  return years >= 0 && years <= OLDEST_YEARS ? years : undefined;
}

export function ageGroupOf(years: number): AgeGroup {
  if (years < INFANT_UNTIL_YEARS) return 'INFANT';
  return years < ADULT_FROM_YEARS ? 'MINOR' : 'ADULT';
}

/** The age group at capture, or undefined when the date of birth is missing or impossible. */
export function ageGroup(identity: Identity, capturedAt: string): AgeGroup | undefined {
  const { dateOfBirth } = identity;
  const years = typeof dateOfBirth === 'string' ? ageAt(dateOfBirth, capturedAt) : undefined;
  return years === undefined ? undefined : ageGroupOf(years);
}

/** Midnight UTC of a date written "yyyy/MM/dd"; undefined when there is no such day. */
export function dateOf(text: string): Date | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [, year, month, day] = match;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  const exists = !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === `${year}-${month}-${day}`;
  return exists ? date : undefined;
}
