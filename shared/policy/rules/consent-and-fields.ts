/** Consent, the fields of the form by the country's schema, and a date of birth that can be true. */
import type { FieldValue, Identity } from '../../enrolment/enrolment.ts';
import { AGE_GROUPS, ageGroup, dateOf } from '../age.ts';
import type { EnrolmentFacts } from '../enrolment-facts.ts';
import { type Finding, refusal } from '../finding.ts';
import type { IdentityField, IdentitySchema } from '../identity-schema.ts';

/** The field that ages are reckoned by: that it can't be true has a code of its own. */
const BIRTH = 'dateOfBirth';

export function checkConsent(facts: EnrolmentFacts): Finding[] {
  return facts.consent ? [] : [refusal('ENR-VAL-001', 'consent')];
}

/** Who is new gives what the schema demands, and nothing that does not fit it. */
export function checkFields(facts: EnrolmentFacts, schema: IdentitySchema): Finding[] {
  return [...checkDemandedFields(facts, schema), ...checkGivenFields(facts, schema)];
}

function checkDemandedFields({ identity, capturedAt }: EnrolmentFacts, schema: IdentitySchema): Finding[] {
  const group = ageGroup(identity, capturedAt);
  // Of whom the age is not known, only what everyone must give is demanded.
  const groups = group ? [group] : AGE_GROUPS;
  return Object.entries(schema.fields)
    .filter(([, { requiredFor }]) => groups.every((one) => requiredFor.includes(one)))
    .filter(([field]) => isEmpty(identity, field))
    .map(([field]) => refusal('ENR-VAL-002', field));
}

/** Whatever is given fits the schema. */
export function checkGivenFields({ identity, capturedAt }: EnrolmentFacts, schema: IdentitySchema): Finding[] {
  const findings: Finding[] = [];
  for (const [field, value] of Object.entries(identity)) {
    if (field === BIRTH || isEmpty(identity, field)) continue;
    const known = Object.hasOwn(schema.fields, field) ? schema.fields[field] : undefined;
    const fits = known ? fitsField(value, known) : schema.unknownFields === 'allow';
    if (!fits) findings.push(refusal('ENR-VAL-009', field));
  }
  if (!ageGroup(identity, capturedAt) && !isEmpty(identity, BIRTH)) findings.push(refusal('ENR-VAL-005', BIRTH));
  return findings;
}

/** Nothing, or only spaces, in any language of it. */
export function isEmpty(identity: Identity, field: string): boolean {
  const value = Object.hasOwn(identity, field) ? identity[field] : undefined;
  if (value === undefined) return true;
  if (typeof value === 'number') return false;
  if (typeof value === 'string') return value.trim() === '';
  return value.length === 0 || value.some((text) => text.value.trim() === '');
}

function fitsField(value: FieldValue, field: IdentityField): boolean {
  if (typeof value === 'number') return field.kind === 'number' && Number.isFinite(value);
  if (typeof value === 'string') {
    if (field.kind === 'number' || (field.kind === 'date' && !dateOf(value))) return false;
    return fitsText(value, field);
  }
  return field.kind === 'localised' && value.every((text) => fitsText(text.value, field));
}

function fitsText(text: string, { pattern, maxLength }: IdentityField): boolean {
  if (maxLength !== undefined && text.length > maxLength) return false;
  return pattern === undefined || new RegExp(`^(?:${pattern})$`, 'u').test(text);
}
