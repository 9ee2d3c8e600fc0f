import { createHash } from 'node:crypto';
import { writeCbeff } from '../cbeff/write.ts';
import type { Biometric } from '../enrolment/enrolment.ts';

/** A small MOSIP packet made up for the tests of this folder. */

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
export const sha256 = (...parts: Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return utf8(hash.digest('hex').toUpperCase());
};

export const thumb: Biometric = {
  position: 'LEFT_THUMB',
  modality: 'finger',
  quality: 80,
  capturedAt: '2031-05-06T07:08:09.010Z',
  formatOwner: 'Mosip',
  formatType: '7',
  level: 'Raw',
  purpose: 'Enroll',
  exception: false,
  retries: 1,
  forceCaptured: false,
  signature: 'a..b',
  signatureEncoding: 'base64',
  attributes: {},
  image: Uint8Array.of(1, 2, 3),
  imageEncoding: 'base64url',
  imageTail: '',
};

interface Draft {
  identity: Record<string, unknown>;
  beside: Record<string, unknown>;
  metaData: Record<string, string>;
  meta: Record<string, unknown>;
  extra: Record<string, Uint8Array>;
}

/** A packet that is right in everything, but for what `change` does to it before the hashes are taken. */
export function packet(change: (draft: Draft) => void = () => {}): Map<string, Uint8Array> {
  const draft: Draft = {
    identity: {
      fullName: [
        { language: 'eng', value: 'Tester One' },
        { language: 'fra', value: 'Testeur Un' },
      ],
      phone: '0600000000',
      IDSchemaVersion: 0.1,
      nothing: null,
      proofOfAddress: { format: 'pdf', type: 'BILL', value: 'proofOfAddress' },
      individualBiometrics: { format: 'cbeff', version: 1, value: 'individualBiometrics_bio_CBEFF' },
    },
    beside: {},
    metaData: { registrationType: 'New', consentOfApplicant: 'Yes', registrationId: '1'.repeat(29) },
    meta: {
      creationDate: '2031-05-06T07:10:00.000',
      operationsData: [
        { label: 'officerId', value: 'officer-7' },
        { label: 'supervisorId', value: null },
      ],
      documents: [{ documentName: 'proofOfAddress', documentCategory: 'POA', documentOwner: 'Applicant' }],
      hashSequence1: [
        { label: 'biometricSequence', value: ['individualBiometrics_bio_CBEFF'] },
        { label: 'demographicSequence', value: ['ID', 'proofOfAddress'] },
      ],
      hashSequence2: [{ label: 'otherFiles', value: ['audit'] }],
    },
    extra: {},
  };
  change(draft);
  const id = json({ ...draft.beside, identity: draft.identity });
  const biometrics = utf8(writeCbeff([thumb]));
  const pdf = utf8('%PDF-1.4 address');
  const audit = json([]);
  const metaData = Object.entries(draft.metaData).map(([label, value]) => ({ label, value }));
  return new Map(
    Object.entries({
      'id/ID.json': id,
      'id/individualBiometrics_bio_CBEFF.xml': biometrics,
      'id/proofOfAddress.pdf': pdf,
      'id/audit.json': audit,
      'id/packet_meta_info.json': json({ identity: { metaData, ...draft.meta } }),
      'id/packet_data_hash.txt': sha256(biometrics, id, pdf),
      'id/packet_operations_hash.txt': sha256(audit),
      ...draft.extra,
    }),
  );
}

export const without = (path: string): Map<string, Uint8Array> => {
  const files = packet();
  files.delete(path);
  return files;
};
