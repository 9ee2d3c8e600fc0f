/**
 * What a person who has a number may change, by process. A field that is given takes the place of the one that is kept, in
 * all its languages at once: half of a name must not stay what it was. An empty field changes nothing; nothing is deleted.
 *
 * | process | fields |
 * |---|---|
 * | UPDATE | all |
 * | RES_UPDATE | where the person lives and can be reached: there is no operator who sees them |
 * | LOST | the same, as in MOSIP; the other fields are there to find the person by |
 * | ACTIVATE, DEACTIVATE | none |
 */
import type { FieldValue, Identity, Process } from '../../enrolment/enrolment.ts';
import type { EnrolmentFacts } from '../enrolment-facts.ts';
import { type Finding, refusal } from '../finding.ts';
import { isEmpty } from './consent-and-fields.ts';
import { UIN_FIELD } from './numbers.ts';

export type ChangingProcess = Exclude<Process, 'NEW' | 'CORRECTION'>;

/** The fields that may change; `any` for all of the country's schema. */
export type ChangePolicy = Readonly<Record<ChangingProcess, 'any' | readonly string[]>>;

const CONTACT: readonly string[] = [
  'phone',
  'email',
  'addressLine1',
  'addressLine2',
  'addressLine3',
  'region',
  'province',
  'city',
  'zone',
  'postalCode',
];

export const DEFAULT_CHANGE_POLICY: ChangePolicy = {
  UPDATE: 'any',
  RES_UPDATE: [...CONTACT, 'residenceStatus'],
  LOST: CONTACT,
  ACTIVATE: [],
  DEACTIVATE: [],
};

function isChanging(process: Process): process is ChangingProcess {
  return Object.hasOwn(DEFAULT_CHANGE_POLICY, process);
}

/** They say whose data and in which form, and are no data themselves. */
const NO_DATA = new Set([UIN_FIELD, 'IDSchemaVersion']);

/** The fields that are given and may change, with their new values. */
export function changedFields(identity: Identity, process: Process, policy: ChangePolicy): Identity {
  if (!isChanging(process)) return {};
  const changeable = policy[process];
  const given = Object.entries(identity).filter(([field]) => !NO_DATA.has(field) && !isEmpty(identity, field));
  const changed = given.filter(([field]) => changeable === 'any' || changeable.includes(field));
  return Object.fromEntries<FieldValue>(changed);
}

/** A field that would be given in vain is refused: the person would believe that it is changed. */
export function checkChangeable({ identity, process }: EnrolmentFacts, policy: ChangePolicy): Finding[] {
  const changed = changedFields(identity, process, policy);
  return Object.keys(identity)
    .filter((field) => !NO_DATA.has(field) && !isEmpty(identity, field) && !Object.hasOwn(changed, field))
    .map((field) => refusal('ENR-VAL-022', field));
}

/** Whoever brings no captures changes a field at least. */
export function checkSomeChange({ identity, process }: EnrolmentFacts, policy: ChangePolicy): Finding[] {
  const changed = Object.keys(changedFields(identity, process, policy));
  return changed.length > 0 ? [] : [refusal('ENR-VAL-023', process)];
}
