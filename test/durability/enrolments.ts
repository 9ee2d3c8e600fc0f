/** Enrolments that a desk saves quickly: of infants, of whom little is asked for, with pictures of any size. */
import type { Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import { identityOf } from '@enroute/test/simulation/people/demographics.ts';
import { rngOf } from '@enroute/test/simulation/people/rng.ts';

const NOW = new Date('2026-03-01T10:00:00.000Z');

/** @param imageBytes of the one picture that is taken; the rest of the packet weighs some two kilobytes. */
export function infant(index: number, imageBytes: number): Enrolment {
  const rng = rngOf('infant', index);
  const capturedAt = NOW.toISOString();
  return {
    identity: {
      ...identityOf(1, index, NOW),
      dateOfBirth: '2024/01/01',
      introducerRID: '10001100770000120260201100000',
    },
    languages: ['eng', 'fra', 'ara'],
    consent: true,
    biometrics: [
      {
        position: 'FACE',
        modality: 'face',
        quality: 95,
        capturedAt,
        formatOwner: 'Mosip',
        formatType: '8',
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
        image: rng.bytes(imageBytes),
      },
    ],
    documents: [
      {
        name: 'proofOfRelationship',
        category: 'POR',
        type: 'birth certificate',
        format: 'pdf',
        owner: '',
        subPacket: 'evidence',
        content: rng.bytes(500),
      },
    ],
    capturedAt,
  };
}
