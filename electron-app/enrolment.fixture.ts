/** A person whom the tests make up, as a desk captured them. */
import { type Biometric, type Enrolment, modalityOf, type Position } from '@enroute/shared/enrolment/enrolment.ts';

/** The name that `enrolmentOf` gives, for tests that look for it where it must not be. */
export const PERSON = 'Zawadi Mbeki';

export function captureOf(position: Position, quality: number, change: Partial<Biometric> = {}): Biometric {
  return {
    position,
    modality: modalityOf(position),
    quality,
    capturedAt: '2026-03-01T08:20:00.000Z',
    formatOwner: 'Mosip',
    formatType: '7',
    level: 'Raw',
    purpose: 'Enroll',
    exception: false,
    retries: 0,
    forceCaptured: false,
    signature: '',
    signatureEncoding: 'text',
    attributes: {},
    imageEncoding: 'base64url',
    imageTail: '',
    image: new Uint8Array([1, 2, 3]),
    ...change,
  };
}

/** @param number makes one person differ from the next */
export function enrolmentOf(number: number): Enrolment {
  const scan = { format: 'pdf', owner: '', subPacket: 'evidence', content: new Uint8Array([1]) } as const;
  return {
    identity: {
      IDSchemaVersion: 0.1,
      fullName: [
        { language: 'eng', value: `${PERSON} ${number}` },
        { language: 'ara', value: `زوادي مبيكي ${number}` },
      ],
      dateOfBirth: '1985/03/09',
      gender: [
        { language: 'eng', value: 'Female' },
        { language: 'ara', value: 'أنثى' },
      ],
      phone: '+252611234567',
      addressLine1: [
        { language: 'eng', value: '12 Harbour Road, beside the old fish market, second house behind the mosque' },
      ],
      postalCode: '10111',
      clanName: 'Mbeki',
    },
    languages: ['eng', 'ara'],
    consent: true,
    biometrics: [
      captureOf('RIGHT_THUMB', 78),
      captureOf('RIGHT_INDEX', 71),
      captureOf('LEFT_THUMB', 22, { forceCaptured: true, retries: 3 }),
      captureOf('LEFT_LITTLE', 0, { exception: true }),
      captureOf('RIGHT_IRIS', 88),
      captureOf('LEFT_IRIS', 86),
      captureOf('FACE', 95),
    ],
    documents: [
      { ...scan, name: 'passport', category: 'POI', type: 'Passport' },
      { ...scan, name: 'rentalContract', category: 'POA', type: 'Rental contract' },
    ],
    capturedAt: '2026-03-01T08:30:00.000Z',
  };
}
