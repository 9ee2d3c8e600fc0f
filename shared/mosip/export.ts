/**
 * An enrolment as the files of a MOSIP packet: the other direction of `import.ts`. What is written here reads back,
 * strictly and without a doubt, as the same enrolment; documents come back in the order of the sub-packets.
 */
import { writeCbeff } from '../cbeff/write.ts';
import {
  type Biometric,
  type Enrolment,
  type FieldValue,
  type Process,
  type ScannedDocument,
  SUB_PACKETS,
  type SubPacket,
} from '../enrolment/enrolment.ts';
import { metaInfoOf } from './export-meta.ts';
import { MosipError } from './findings.ts';
import { DATA_HASH_FILE, hashOf, OPERATIONS_HASH_FILE } from './hashes.ts';
import { fieldName } from './schema.ts';

/** Who made the packet, and as what: MOSIP keeps it with the person's data. */
export interface ExportContext {
  readonly rid: string;
  readonly process: Process;
  /** Center and machine, ten digits. */
  readonly station: string;
  readonly operator: string;
  readonly supervisor?: string;
  /** When the packet was made (ISO 8601, UTC). */
  readonly createdAt: string;
}

/** The file of a sub-packet that a field stands for, and what the field says of it. */
interface FieldFile {
  readonly field: string;
  readonly reference: Readonly<Record<string, unknown>> & { readonly value: string };
  /** Its name without the extension is `reference.value`, by which fields and hash sequences call it. */
  readonly fileName: string;
  readonly content: Uint8Array;
}

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const json = (value: unknown): Uint8Array => text(JSON.stringify(value));

/**
 * @returns "id/ID.json" and so on; `evidence` and `optional` only when a document belongs there
 * @throws MosipError MOSIP_UNWRITABLE when MOSIP has no way to say it, such as a document named as a field; CbeffError
 */
export function mosipFromEnrolment(enrolment: Enrolment, context: ExportContext): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const subPacket of SUB_PACKETS) {
    const documents = enrolment.documents.filter((document) => document.subPacket === subPacket);
    if (subPacket !== 'id' && documents.length === 0) continue;
    for (const [name, content] of subPacketFiles(subPacket, documents, enrolment, context)) {
      files.set(`${subPacket}/${name}`, content);
    }
  }
  return files;
}

function subPacketFiles(
  subPacket: SubPacket,
  documents: readonly ScannedDocument[],
  enrolment: Enrolment,
  context: ExportContext,
): Map<string, Uint8Array> {
  const biometrics = subPacket === 'id' ? biometricFiles(enrolment) : [];
  const scans = documents.map(documentFile);
  const id = json({ identity: identityOf(fieldsOf(subPacket, enrolment), [...biometrics, ...scans]) });
  const audit = subPacket === 'id' ? [json(auditOf(context))] : [];
  const named = (some: readonly FieldFile[]): string[] => some.map(({ reference }) => reference.value);
  const contents = (some: readonly FieldFile[]): Uint8Array[] => some.map(({ content }) => content);
  const meta = metaInfoOf(enrolment, documents, context, {
    data: [
      ...(biometrics.length === 0 ? [] : [{ label: 'biometricSequence', value: named(biometrics) }]),
      { label: 'demographicSequence', value: ['ID', ...named(scans)] },
    ],
    operations: audit.length === 0 ? [] : [{ label: 'otherFiles', value: ['audit'] }],
  });
  return withoutAmbiguity([
    ['ID.json', id],
    ...[...biometrics, ...scans].map(({ fileName, content }) => [fileName, content] as const),
    ...audit.map((content) => ['audit.json', content] as const),
    ['packet_meta_info.json', json(meta)],
    [DATA_HASH_FILE, text(hashOf([...contents(biometrics), id, ...contents(scans)]))],
    [OPERATIONS_HASH_FILE, text(hashOf(audit))],
  ]);
}

function identityOf(fields: readonly [string, FieldValue][], files: readonly FieldFile[]): object {
  const identity = new Map<string, unknown>(fields);
  for (const { field, reference } of files) {
    if (identity.has(field)) throw unwritable(`Two fields would be called "${field}".`);
    identity.set(field, reference);
  }
  for (const name of identity.keys()) {
    if (!fieldName.safeParse(name).success) throw unwritable('A field or document has a name of another form.');
  }
  return Object.fromEntries(identity);
}

/** The demographics are in `id`; the others only say which version of the country's schema they are of. */
function fieldsOf(subPacket: SubPacket, { identity }: Enrolment): [string, FieldValue][] {
  return Object.entries(identity).filter(([name]) => subPacket === 'id' || name === 'IDSchemaVersion');
}

function biometricFiles({ biometrics, introducer }: Enrolment): FieldFile[] {
  const files: FieldFile[] = [];
  if (biometrics.length > 0) files.push(biometricFile('individualBiometrics', biometrics));
  if (introducer !== undefined) files.push(biometricFile('introducerBiometrics', introducer.biometrics));
  return files;
}

function biometricFile(field: string, biometrics: readonly Biometric[]): FieldFile {
  const value = `${field}_bio_CBEFF`;
  const reference = { format: 'cbeff', version: 1, value };
  return { field, reference, fileName: `${value}.xml`, content: text(writeCbeff(biometrics)) };
}

function documentFile({ name, type, format, content }: ScannedDocument): FieldFile {
  if (format === '' || format.toLowerCase() === 'cbeff') throw unwritable(`A document cannot be of that format.`);
  const extension = /^[A-Za-z0-9]{1,8}$/.test(format) ? `.${format.toLowerCase()}` : '';
  return { field: name, reference: { format, type, value: name }, fileName: `${name}${extension}`, content };
}

/** Fields and hashes call a file by its name without the extension, so no two may share that. */
function withoutAmbiguity(files: readonly (readonly [string, Uint8Array])[]): Map<string, Uint8Array> {
  const seen = new Set<string>();
  for (const [fileName] of files) {
    const bare = fileName.replace(/\.[^.]*$/, '').toLowerCase();
    if (seen.has(bare)) throw unwritable(`Two files of the packet would be called "${bare}".`);
    seen.add(bare);
  }
  return new Map(files);
}

/** MOSIP wants to see what was done with the packet; all that we know is who made it and when. */
function auditOf({ rid, operator, createdAt }: ExportContext): object[] {
  return [
    {
      eventName: 'Packet created',
      eventType: 'USER',
      createdAt,
      createdBy: operator,
      id: rid,
      idType: 'REGISTRATION_ID',
      applicationName: 'Enroute',
    },
  ];
}

function unwritable(sentence: string): MosipError {
  return new MosipError('MOSIP_UNWRITABLE', `${sentence} MOSIP's layout cannot hold that.`);
}
