/** Names of fields and proofs in the reader's language; those that only one country has stay as that country wrote them. */
import type { TextKey } from '../texts/texts.ts';

/** Of the default ID schema. */
const FIELDS = [
  'fullName',
  'dateOfBirth',
  'gender',
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
  'residenceStatus',
  'UIN',
  'referenceIdentityNumber',
  'introducerName',
  'introducerRID',
  'introducerUIN',
  'introducerVID',
  'parentOrGuardianName',
  'parentOrGuardianRID',
  'parentOrGuardianUIN',
  'parentOrGuardianVID',
] as const satisfies readonly TextKey[];
const PROOFS = ['POI', 'POA', 'POR', 'POE'] as const satisfies readonly TextKey[];

type Translate = (key: TextKey) => string;

export function fieldText(field: string, t: Translate): string {
  return nameOf(field, FIELDS, t);
}

export function proofText(category: string, t: Translate): string {
  return nameOf(category, PROOFS, t);
}

function nameOf(name: string, known: readonly TextKey[], t: Translate): string {
  const key = known.find((one) => one === name);
  return key ? t(key) : name;
}
