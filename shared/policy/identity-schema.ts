/**
 * A country's demographic fields, as data: which there are, what stands in them, and for whom they are demanded. The
 * default's names and demands are MOSIP's default ID schema's; its patterns are wider, because that one's phone numbers
 * and postal codes are one country's.
 */
import { AGE_GROUPS, type AgeGroup } from './age.ts';

/**
 * `text`: one text. `localised`: the same text in each language of the form, or one text that does not say its language.
 * `date`: "yyyy/MM/dd" that exists in the calendar.
 */
export type FieldKind = 'text' | 'localised' | 'number' | 'date';

export interface IdentityField {
  readonly kind: FieldKind;
  /** A regular expression that the whole text must match, in each language. */
  readonly pattern?: string | undefined;
  /** Characters, in each language. */
  readonly maxLength?: number | undefined;
  readonly requiredFor: readonly AgeGroup[];
}

export interface IdentitySchema {
  readonly fields: Readonly<Record<string, IdentityField>>;
  /** What becomes of a field that is not in `fields`. */
  readonly unknownFields: 'allow' | 'refuse';
}

const NOBODY: readonly AgeGroup[] = [];
const name = (requiredFor: readonly AgeGroup[]): IdentityField => ({ kind: 'localised', maxLength: 256, requiredFor });
const place: IdentityField = { kind: 'localised', maxLength: 128, requiredFor: NOBODY };
/** A RID, UIN or VID: what it must look like is the introducer rule's business. */
const reference: IdentityField = { kind: 'text', maxLength: 64, requiredFor: NOBODY };

export const DEFAULT_IDENTITY_SCHEMA: IdentitySchema = {
  fields: {
    IDSchemaVersion: { kind: 'number', requiredFor: NOBODY },
    /** Of who has a number already: what it must look like is the number rule's business. */
    UIN: reference,
    fullName: name(AGE_GROUPS),
    dateOfBirth: { kind: 'date', requiredFor: AGE_GROUPS },
    gender: { kind: 'localised', maxLength: 64, requiredFor: AGE_GROUPS },
    phone: { kind: 'text', pattern: String.raw`\+?\d{4,15}`, requiredFor: NOBODY },
    email: { kind: 'text', pattern: String.raw`[^\s@]+@[^\s@]+\.[^\s@.]+`, maxLength: 254, requiredFor: NOBODY },
    addressLine1: name(NOBODY),
    addressLine2: name(NOBODY),
    addressLine3: name(NOBODY),
    region: place,
    province: place,
    city: place,
    zone: place,
    postalCode: { kind: 'text', pattern: '[A-Za-z0-9][A-Za-z0-9 -]{1,11}', requiredFor: NOBODY },
    residenceStatus: { kind: 'localised', maxLength: 64, requiredFor: NOBODY },
    referenceIdentityNumber: { kind: 'text', maxLength: 64, requiredFor: NOBODY },
    introducerName: name(NOBODY),
    introducerRID: reference,
    introducerUIN: reference,
    introducerVID: reference,
    parentOrGuardianName: name(NOBODY),
    parentOrGuardianRID: reference,
    parentOrGuardianUIN: reference,
    parentOrGuardianVID: reference,
  },
  unknownFields: 'allow',
};
