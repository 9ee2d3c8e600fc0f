/**
 * What is named is there: a capture has an image, a document a content. Only their lengths are looked at, so that the
 * core need not unpack them; what the bytes show is judged by devices, by people, and by who compares biometrics.
 */
import type { CaptureFacts } from '../../enrolment/enrolment.ts';
import type { EnrolmentFacts } from '../enrolment-facts.ts';
import { type Finding, refusal } from '../finding.ts';

export function checkEmptiness({ biometrics, introducer = [], documents }: EnrolmentFacts): Finding[] {
  return [
    ...biometrics.filter(lacksImage).map(({ position }) => refusal('ENR-VAL-015', position)),
    ...introducer.filter(lacksImage).map(({ position }) => refusal('ENR-VAL-015', `introducer ${position}`)),
    ...documents
      .filter(({ contentBytes }) => contentBytes === 0)
      .map(({ subPacket, name }) => refusal('ENR-VAL-016', `${subPacket}/${name}`)),
  ];
}

function lacksImage({ exception, imageBytes }: CaptureFacts): boolean {
  return !exception && imageBytes === 0;
}
