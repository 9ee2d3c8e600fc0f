/**
 * What an import notices. A *finding* is a fact that the caller must judge (a hash that does not match may mean
 * tampering, or a file system that changed line ends); an *error* means that no enrolment can be made of the files.
 */
export const DOUBTS = [
  'MOSIP_DATA_HASH_MISSING',
  'MOSIP_DATA_HASH_MISMATCH',
  'MOSIP_OPERATIONS_HASH_MISSING',
  'MOSIP_OPERATIONS_HASH_MISMATCH',
  'MOSIP_SEQUENCE_MISSING',
  'MOSIP_SEQUENCE_FILE_UNCLEAR',
  'MOSIP_FILE_UNHASHED',
  'MOSIP_META_MISSING',
  'MOSIP_SUB_PACKETS_DISAGREE',
  'MOSIP_ENVELOPE_DISAGREES',
  'MOSIP_CONSENT_UNKNOWN',
] as const;
export const NOTES = ['MOSIP_STRAY_FIELD', 'MOSIP_DOCUMENT_UNDESCRIBED', 'MOSIP_OTHER_BIOMETRICS_LEFT_OUT'] as const;
export type FindingCode = (typeof DOUBTS)[number] | (typeof NOTES)[number];

export interface Finding {
  readonly code: FindingCode;
  /** A *doubt* is reason enough to refuse the packet, and `strict` does; a *note* only says what was done. */
  readonly weight: 'doubt' | 'note';
  /** The file or field it is about, never its contents. */
  readonly about: string;
  readonly sentence: string;
}

const DOUBT_CODES = new Set<string>(DOUBTS);

export function finding(code: FindingCode, about: string, sentence: string): Finding {
  return { code, weight: DOUBT_CODES.has(code) ? 'doubt' : 'note', about, sentence };
}

export type MosipCode =
  | 'MOSIP_UNSAFE_PATH'
  | 'MOSIP_FILE_MISSING'
  | 'MOSIP_FILE_TOO_LARGE'
  | 'MOSIP_NOT_JSON'
  | 'MOSIP_BAD_SHAPE'
  | 'MOSIP_BAD_VALUE'
  | 'MOSIP_UNKNOWN_PROCESS'
  | 'MOSIP_NOT_TRUSTED'
  | 'MOSIP_SEVERAL_PACKETS'
  | 'MOSIP_UNWRITABLE'
  | 'MOSIP_ZIP_TRUNCATED'
  | 'MOSIP_ZIP_DAMAGED'
  | 'MOSIP_ZIP_METHOD'
  | 'MOSIP_ZIP_ENCRYPTED'
  | 'MOSIP_ZIP_UNSAFE_PATH'
  | 'MOSIP_ZIP_DUPLICATE'
  | 'MOSIP_ZIP_OVERLAP'
  | 'MOSIP_ZIP_NOT_A_FILE'
  | 'MOSIP_ZIP_TOO_MANY_FILES'
  | 'MOSIP_ZIP_TOO_LARGE'
  | 'MOSIP_ZIP_SIZE_UNTRUE';

export class MosipError extends Error {
  readonly code: MosipCode;
  /** What spoke against the packet, when it was refused for that. */
  readonly findings: readonly Finding[];

  constructor(code: MosipCode, message: string, options: ErrorOptions & { findings?: readonly Finding[] } = {}) {
    super(message, options);
    this.name = 'MosipError';
    this.code = code;
    this.findings = options.findings ?? [];
  }
}
