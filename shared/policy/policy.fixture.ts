/** What the tests of the policy share: enrolments that may be processed, to be changed in one thing. */
import { type CaptureFacts, type DocumentFacts, modalityOf, POSITIONS, type Position } from '../enrolment/enrolment.ts';
import type { EnrolmentFacts } from './enrolment-facts.ts';

export const AT = '2026-03-01T10:00:00.000Z';
export const STATION = '1000110077';

/** So many minutes after AT, or before it. */
export function minutesAfter(minutes: number): string {
  return new Date(Date.parse(AT) + minutes * 60_000).toISOString();
}

export function captureOf(position: Position, change: Partial<CaptureFacts> = {}): CaptureFacts {
  return {
    position,
    modality: modalityOf(position),
    quality: 95,
    capturedAt: AT,
    formatOwner: 'Mosip',
    formatType: '7',
    level: 'Raw',
    purpose: 'Enroll',
    exception: false,
    retries: 0,
    forceCaptured: false,
    signature: '',
    signatureEncoding: 'base64',
    attributes: {},
    imageEncoding: 'base64url',
    imageTail: '',
    imageBytes: change.exception ? 0 : 20_000,
    ...change,
  };
}

/** Captures of everything, those of `changed` as they say. */
export function capturesWith(changed: Partial<Record<Position, Partial<CaptureFacts>>>): CaptureFacts[] {
  return POSITIONS.map((position) => captureOf(position, changed[position]));
}

/** Scans that serve as these proofs. */
export function proofs(...categories: string[]): DocumentFacts[] {
  return categories.map((category) => ({
    name: `proof${category}`,
    category,
    type: 'PAPER',
    format: 'pdf',
    owner: 'Applicant',
    subPacket: 'id',
    contentBytes: 9_000,
  }));
}

export const adult: EnrolmentFacts = {
  process: 'NEW',
  consent: true,
  identity: { fullName: [{ language: 'eng', value: 'A B' }], dateOfBirth: '1990/01/01', gender: 'FLE' },
  biometrics: capturesWith({}),
  documents: proofs('POI', 'POA'),
  capturedAt: AT,
  sealedAt: AT,
  station: STATION,
  operator: 'amina',
};

export const infant: EnrolmentFacts = {
  ...adult,
  identity: { ...adult.identity, dateOfBirth: '2024/01/01', introducerRID: '10001100770000120260201100000' },
  biometrics: [captureOf('FACE')],
  documents: proofs('POR'),
};

export const correction: EnrolmentFacts = {
  ...adult,
  process: 'CORRECTION',
  biometrics: [captureOf('LEFT_INDEX')],
  documents: [],
};

/** A capture's PAYLOAD as devices write it: the device's identity as a JWT in a JSON. */
export function payloadOf(device: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return JSON.stringify({ digitalId: `${part({ alg: 'RS256' })}.${part(device)}.c2lnbmF0dXJl`, timestamp: AT });
}

export const slap = { make: 'SIMULATED', model: 'SIM-SLAP-4', serialNo: '77', type: 'Finger' };

/** The captures of everything by one device. */
export function capturedBy(device: object, capturedAt = AT): CaptureFacts[] {
  return POSITIONS.map((position) => captureOf(position, { capturedAt, attributes: { PAYLOAD: payloadOf(device) } }));
}
