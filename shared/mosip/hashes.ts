import { createHash } from 'node:crypto';
import type { SubPacket } from '../enrolment/enrolment.ts';
import { type Finding, type FindingCode, finding } from './findings.ts';
import { type MosipFiles, namesOf } from './packet-files.ts';
import type { HashSequence, MosipMeta } from './schema.ts';

/**
 * MOSIP guards each sub-packet with two hashes: upper-case hex SHA-256 over the bytes of the files that a sequence
 * in the metadata names, one after the other in that order. One sequence is the person's data, the other the
 * operation's (officer's biometrics, audit).
 */
interface Guard {
  readonly file: string;
  readonly what: string;
  readonly sequenceOf: (meta: MosipMeta) => HashSequence | null | undefined;
  readonly missing: FindingCode;
  readonly mismatch: FindingCode;
}

export const DATA_HASH_FILE = 'packet_data_hash.txt';
export const OPERATIONS_HASH_FILE = 'packet_operations_hash.txt';

/** Upper-case hex SHA-256 over the contents, one after the other. */
export function hashOf(contents: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return hash.digest('hex').toUpperCase();
}

const DATA: Guard = {
  file: DATA_HASH_FILE,
  what: "the person's data",
  sequenceOf: (meta) => meta.hashSequence1,
  missing: 'MOSIP_DATA_HASH_MISSING',
  mismatch: 'MOSIP_DATA_HASH_MISMATCH',
};
const OPERATIONS: Guard = {
  file: OPERATIONS_HASH_FILE,
  what: 'the operation',
  sequenceOf: (meta) => meta.hashSequence2,
  missing: 'MOSIP_OPERATIONS_HASH_MISSING',
  mismatch: 'MOSIP_OPERATIONS_HASH_MISMATCH',
};

const UNGUARDED = new Set([DATA.file, OPERATIONS.file, 'packet_meta_info.json']);

export function checkHashes(subPacket: SubPacket, part: MosipFiles, meta: MosipMeta): Finding[] {
  const covered = new Set<string>();
  const findings = [DATA, OPERATIONS].flatMap((guard) => checkGuard(guard, subPacket, part, meta, covered));
  for (const name of part.keys()) {
    if (covered.has(name) || UNGUARDED.has(name)) continue;
    const sentence = `No hash covers ${subPacket}/${name}, so it could have been changed or added by anyone.`;
    findings.push(finding('MOSIP_FILE_UNHASHED', `${subPacket}/${name}`, sentence));
  }
  return findings;
}

function checkGuard(guard: Guard, subPacket: SubPacket, part: MosipFiles, meta: MosipMeta, covered: Set<string>) {
  const path = `${subPacket}/${guard.file}`;
  const stated = part.get(guard.file);
  const sequence = guard.sequenceOf(meta) ?? undefined;
  if (sequence === undefined) return stated === undefined && guard !== DATA ? [] : [withoutSequence(guard, path)];

  const findings: Finding[] = [];
  const contents: Uint8Array[] = [];
  for (const reference of sequence.flatMap(({ value }) => value)) {
    const names = namesOf(part, reference);
    for (const name of names) covered.add(name);
    const bytes = names.length === 1 ? part.get(names[0] ?? '') : undefined;
    if (bytes === undefined) {
      const sentence = `The hash of ${guard.what} counts "${reference}", which is ${names.length} files in ${subPacket}.`;
      findings.push(finding('MOSIP_SEQUENCE_FILE_UNCLEAR', `${subPacket}/${reference}`, sentence));
    } else {
      contents.push(bytes);
    }
  }
  if (stated === undefined) {
    const sentence = `${path} is missing, so nothing proves that ${guard.what} is as it was packed.`;
    findings.push(finding(guard.missing, path, sentence));
  } else if (new TextDecoder().decode(stated).trim().toUpperCase() !== hashOf(contents)) {
    const sentence = `${path} does not match the files: ${guard.what} is not as it was packed.`;
    findings.push(finding(guard.mismatch, path, sentence));
  }
  return findings;
}

function withoutSequence(guard: Guard, path: string): Finding {
  const sentence = `The metadata do not say which files the hash of ${guard.what} counts, so it cannot be checked.`;
  return finding('MOSIP_SEQUENCE_MISSING', path, sentence);
}
