import { type Enrolment, type FieldValue, type Process, SUB_PACKETS, type SubPacket } from '../enrolment/enrolment.ts';
import { checkEnvelopes } from './envelope.ts';
import { type Gathered, gatherFields } from './fields.ts';
import { type Finding, finding, MosipError } from './findings.ts';
import { checkHashes } from './hashes.ts';
import { bySubPacket, type MosipFiles, parseJson, requiredFile } from './packet-files.ts';
import { processOf } from './process-names.ts';
import { identityFile, labelValue, type MosipMeta, metaFile } from './schema.ts';

export interface MosipImport {
  readonly enrolment: Enrolment;
  readonly process: Process;
  /** The registration's id at the station that packed it. */
  readonly sourceRid?: string;
  readonly officerId?: string;
  readonly supervisorId?: string;
  readonly findings: readonly Finding[];
}

export interface ImportOptions {
  /** Refuse the packet when anything about it is in doubt. */
  readonly strict?: boolean;
}

/**
 * Makes an enrolment of the contents of a MOSIP packet (already decrypted and unpacked). Throws a `MosipError` or a
 * `CbeffError` when that cannot be done; whatever else is wrong or odd is told in `findings`.
 */
export function enrolmentFromMosip(files: MosipFiles, options: ImportOptions = {}): MosipImport {
  const parts = bySubPacket(files);
  const gathered: Gathered = { identity: new Map(), captures: new Map(), documents: [], findings: [] };
  const metas = new Map<SubPacket, MosipMeta>();
  for (const subPacket of SUB_PACKETS) {
    const part = parts.get(subPacket);
    if (part !== undefined || subPacket === 'id') readSubPacket(subPacket, part ?? new Map(), gathered, metas);
  }
  const meta = metas.get('id');
  if (meta === undefined) {
    throw new MosipError('MOSIP_FILE_MISSING', 'The packet holds no file "packet_meta_info.json" in id.');
  }
  gathered.findings.push(...checkAgreement(meta, metas));
  const imported = assemble(meta, gathered);
  const envelopeFindings = checkEnvelopes(files, imported.sourceRid, imported.process);
  const result = { ...imported, findings: [...imported.findings, ...envelopeFindings] };
  const doubts = result.findings.filter(({ weight }) => weight === 'doubt');
  if (options.strict === true && doubts.length > 0) {
    const reasons = doubts.map(({ sentence }) => sentence).join(' ');
    throw new MosipError('MOSIP_NOT_TRUSTED', `The packet is refused: ${reasons}`, { findings: doubts });
  }
  return result;
}

function readSubPacket(subPacket: SubPacket, part: MosipFiles, into: Gathered, metas: Map<SubPacket, MosipMeta>): void {
  const path = `${subPacket}/ID.json`;
  const { identity, ...strays } = parseJson(requiredFile(part, subPacket, 'ID.json'), identityFile, path);
  if (Object.keys(strays).length > 0) {
    const sentence = `${path} holds something beside the identity, which was left out.`;
    into.findings.push(finding('MOSIP_STRAY_FIELD', path, sentence));
  }
  const metaPath = `${subPacket}/packet_meta_info.json`;
  const metaBytes = part.get('packet_meta_info.json');
  const meta = metaBytes === undefined ? undefined : parseJson(metaBytes, metaFile, metaPath).identity;
  if (meta === undefined) {
    const sentence = `${metaPath} is missing, so the files of ${subPacket} cannot be checked.`;
    into.findings.push(finding('MOSIP_META_MISSING', metaPath, sentence));
  } else {
    metas.set(subPacket, meta);
    into.findings.push(...checkHashes(subPacket, part, meta));
  }
  gatherFields(into, { subPacket, part, meta, fields: identity });
}

const ridOf = (meta: MosipMeta): string | undefined =>
  meta.registrationId ?? labelValue(meta.metaData, 'registrationId');

/** Sub-packets of two registrations must not be mixed up into one person. */
function checkAgreement(meta: MosipMeta, metas: ReadonlyMap<SubPacket, MosipMeta>): Finding[] {
  const others = [...metas].filter(([, other]) => ridOf(other) !== ridOf(meta));
  return others.map(([subPacket]) => {
    const sentence = `The sub-packet ${subPacket} says that it belongs to another registration.`;
    return finding('MOSIP_SUB_PACKETS_DISAGREE', subPacket, sentence);
  });
}

function assemble(meta: MosipMeta, gathered: Gathered): MosipImport {
  const { identity, captures, documents } = gathered;
  const introducer = captures.get('introducer');
  const consent = labelValue(meta.metaData, 'consentOfApplicant')?.toLowerCase();
  const findings = [...gathered.findings];
  if (consent === undefined) {
    const sentence = 'The packet does not say whether the person consented; it counts as no until someone knows.';
    findings.push(finding('MOSIP_CONSENT_UNKNOWN', 'consentOfApplicant', sentence));
  }
  const sourceRid = ridOf(meta);
  const officerId = labelValue(meta.operationsData, 'officerId');
  const supervisorId = labelValue(meta.operationsData, 'supervisorId');
  return {
    enrolment: {
      identity: Object.fromEntries(identity),
      languages: languagesOf(meta, identity),
      consent: consent === 'yes' || consent === 'true',
      biometrics: captures.get('applicant') ?? [],
      documents,
      ...(introducer === undefined ? {} : { introducer: { biometrics: introducer } }),
      capturedAt: instantOf(meta.creationDate ?? labelValue(meta.metaData, 'creationDate')),
    },
    process: requiredProcess(labelValue(meta.metaData, 'registrationType')),
    ...(sourceRid === undefined ? {} : { sourceRid }),
    ...(officerId === undefined ? {} : { officerId }),
    ...(supervisorId === undefined ? {} : { supervisorId }),
    findings,
  };
}

/** The form's languages as the metadata state them; else as they appear in the fields. */
function languagesOf(meta: MosipMeta, identity: ReadonlyMap<string, FieldValue>): string[] {
  const stated = labelValue(meta.metaData, 'langCodes')?.match(/[a-z]{3}/g);
  if (stated !== undefined && stated !== null) return [...new Set(stated)];
  const texts = [...identity.values()].flatMap((value) => (typeof value === 'object' ? value : []));
  return [...new Set(texts.map(({ language }) => language))];
}

function requiredProcess(registrationType: string | undefined): Process {
  const process = processOf(registrationType);
  if (process === undefined) {
    const state = registrationType === undefined ? 'is missing' : 'is not known';
    throw new MosipError('MOSIP_UNKNOWN_PROCESS', `The packet's registration type ${state}.`);
  }
  return process;
}

/** MOSIP stamps UTC, with or without saying so. */
function instantOf(stamp: string | undefined): string {
  const text = stamp ?? '';
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`;
  const [day] = /^\d{4}-\d\d-\d\d(?=T)/.exec(zoned) ?? [];
  const instant = new Date(zoned);
  if (day === undefined || Number.isNaN(instant.getTime()) || !isDay(day)) {
    throw new MosipError('MOSIP_BAD_VALUE', 'The packet does not say when it was made (creationDate).');
  }
  return instant.toISOString();
}

/** Whether the calendar has it: `Date` takes 30 February for 2 March. */
function isDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}
