import { readCbeff } from '../cbeff/read.ts';
import type { Biometric, FieldValue, ScannedDocument, SubPacket } from '../enrolment/enrolment.ts';
import { type Finding, finding } from './findings.ts';
import { type MosipFiles, requiredFile } from './packet-files.ts';
import type { FileReference, MosipField, MosipMeta } from './schema.ts';

/** Whose captures a field stands for: the applicant's own, or those of who vouches for a child. */
export type CapturedPerson = 'applicant' | 'introducer';
const CAPTURED_PERSONS = new Map<string, CapturedPerson>([
  ['individualBiometrics', 'applicant'],
  ['introducerBiometrics', 'introducer'],
  ['parentOrGuardianBiometrics', 'introducer'],
]);

/** What the fields of a packet came to, gathered over its sub-packets. */
export interface Gathered {
  readonly identity: Map<string, FieldValue>;
  readonly captures: Map<CapturedPerson, Biometric[]>;
  readonly documents: ScannedDocument[];
  readonly findings: Finding[];
}

export interface SubPacketFields {
  readonly subPacket: SubPacket;
  readonly part: MosipFiles;
  readonly meta: MosipMeta | undefined;
  readonly fields: Readonly<Record<string, MosipField>>;
}

/** A field is text, or stands for biometrics, or stands for a document; empty ones are left out. */
export function gatherFields(into: Gathered, from: SubPacketFields): void {
  for (const [name, value] of Object.entries(from.fields)) {
    if (value === null) continue;
    if (!isReference(value)) gatherText(into, from.subPacket, name, value);
    else if (value.format.toLowerCase() !== 'cbeff') into.documents.push(readDocument(into, from, name, value));
    else gatherBiometrics(into, from, name, value);
  }
}

function isReference(value: NonNullable<MosipField>): value is FileReference {
  return typeof value === 'object' && !Array.isArray(value);
}

function gatherText(into: Gathered, subPacket: SubPacket, name: string, value: FieldValue): void {
  const known = into.identity.get(name);
  if (known === undefined) {
    into.identity.set(name, value);
  } else if (JSON.stringify(known) !== JSON.stringify(value)) {
    const sentence = `The field "${name}" has another value in ${subPacket}; the one before it was kept.`;
    into.findings.push(finding('MOSIP_SUB_PACKETS_DISAGREE', `${subPacket}: ${name}`, sentence));
  }
}

/** Two people's captures must never pass for one's: another person's, and a second introducer's, stay outside. */
function gatherBiometrics(into: Gathered, from: SubPacketFields, name: string, reference: FileReference): void {
  const person = CAPTURED_PERSONS.get(name);
  const known = person === undefined ? undefined : into.captures.get(person);
  if (person === undefined || (person === 'introducer' && known !== undefined)) {
    const sentence = `The biometrics in "${name}" are of another person than the applicant and the introducer and were left out.`;
    into.findings.push(finding('MOSIP_OTHER_BIOMETRICS_LEFT_OUT', `${from.subPacket}: ${name}`, sentence));
    return;
  }
  const captures = readCbeff(requiredFile(from.part, from.subPacket, reference.value));
  into.captures.set(person, [...(known ?? []), ...captures]);
}

function readDocument(into: Gathered, from: SubPacketFields, name: string, reference: FileReference): ScannedDocument {
  const { subPacket, part, meta } = from;
  const described = meta?.documents?.find(
    ({ documentName }) => documentName === reference.value || documentName === name,
  );
  if (described === undefined) {
    const sentence = `The metadata do not say what the document "${name}" proves.`;
    into.findings.push(finding('MOSIP_DOCUMENT_UNDESCRIBED', `${subPacket}: ${name}`, sentence));
  }
  return {
    name,
    category: described?.documentCategory ?? '',
    type: reference.type ?? '',
    format: reference.format,
    owner: described?.documentOwner ?? '',
    subPacket,
    content: requiredFile(part, subPacket, reference.value),
  };
}
