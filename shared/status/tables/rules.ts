/** What the rules of the country say of an enrolment, at the desk and in the pipeline. */
import { type StatusTable, TELL_SUPPORT } from '../status-table.ts';

export const RULES_STATUS = {
  'ENR-VAL-001': { sentence: 'The person did not consent.', next: 'Enrol again only if the person consents.' },
  'ENR-VAL-002': { sentence: 'A mandatory field is missing or empty.', next: 'Enrol the person again.' },
  'ENR-VAL-003': { sentence: 'A mandatory document is missing.', next: 'Enrol the person again with the document.' },
  'ENR-VAL-004': { sentence: 'Biometrics are missing and no exception is recorded.', next: 'Enrol the person again.' },
  'ENR-VAL-005': {
    sentence: 'The date of birth does not exist or lies after the capture.',
    next: 'Enrol the person again.',
  },
  'ENR-VAL-006': { sentence: 'This process is not offered yet.', next: 'Wait for the next version.' },
  'ENR-VAL-007': {
    sentence: 'The correction does not belong to a registration of this station that waits for one.',
    next: TELL_SUPPORT,
  },
  'ENR-VAL-008': {
    sentence: 'A biometric exception is recorded without a proof of it.',
    next: 'Scan a proof of the exception, or capture what was left out.',
  },
  'ENR-VAL-009': {
    sentence: 'A field is not filled in as its kind demands.',
    next: 'Correct the named field.',
  },
  'ENR-VAL-010': {
    sentence: 'For a child, the number of a parent, a guardian or another introducer is missing.',
    next: 'Enter the registration id or the identity number of the introducer.',
  },
  'ENR-VAL-011': {
    sentence: 'The biometrics of the introducer are missing.',
    next: 'Capture the biometrics of the introducer.',
  },
  'ENR-VAL-012': {
    sentence: 'Too much time passed between the first capture and the end of the enrolment.',
    next: 'Capture the biometrics again.',
  },
  'ENR-VAL-013': {
    sentence: 'A capture is dated after the end of the enrolment; the clock of the device is wrong.',
    next: 'Set the clock of the device, then capture the named biometrics again.',
  },
  'ENR-VAL-014': {
    sentence: 'The first capture was long ago; the enrolment must soon be finished.',
    next: 'Finish the enrolment, or capture the biometrics again.',
  },
  'ENR-VAL-015': { sentence: 'A capture has no image.', next: 'Capture the named biometrics again.' },
  'ENR-VAL-016': { sentence: 'A document has no content.', next: 'Scan the named document again.' },
  'ENR-VAL-017': {
    sentence: 'The enrolment is dated after it was sealed; a clock at the desk is wrong.',
    next: 'Set the clock of the station and of the capture software, then enrol the person again.',
  },
  'ENR-VAL-018': {
    sentence: 'The person was captured long before the enrolment was sealed.',
    next: 'Check the date of the capture; where it is refused, enrol the person again.',
  },
  'ENR-VAL-019': {
    sentence: 'The face is recorded as an exception, but it can always be photographed.',
    next: 'Photograph the face; the photograph also shows what can not be captured.',
  },
  'ENR-VAL-020': {
    sentence: 'Not one of the biometrics was captured.',
    next: 'Capture at least the face of the person.',
  },

  'ENR-CMD-001': {
    sentence: 'The center was not open for enrolment at the time of the capture.',
    next: 'Ask the administrator about the center.',
  },
  'ENR-CMD-002': {
    sentence: 'The station was not admitted to enrolment at the time of the capture.',
    next: 'Ask the administrator about the station.',
  },
  'ENR-CMD-003': {
    sentence: 'The operator was not assigned to this center at the time of the capture.',
    next: 'Have an operator of this center enrol the person.',
  },
  'ENR-CMD-004': {
    sentence: 'The supervisor was not assigned to this center at that time.',
    next: 'Have a supervisor of this center decide.',
  },
  'ENR-CMD-005': {
    sentence: 'The capture device is blocked.',
    next: 'Capture again with another device, and hand the named one to the administrator.',
  },
  'ENR-CMD-006': {
    sentence: 'The calibration of the capture device has expired.',
    next: 'Capture again with another device, and have the named one calibrated.',
  },
  'ENR-CMD-007': {
    sentence: 'The calibration of the capture device expires soon.',
    next: 'Have the named device calibrated.',
  },

  'ENR-QUA-001': {
    sentence: 'The quality of the biometrics is too poor to tell this person from others.',
    next: 'Call the person back and capture the named biometrics again.',
  },
  'ENR-QUA-002': {
    sentence: 'The biometrics were not captured again in time.',
    next: 'Enrol the person again.',
  },
  'ENR-QUA-003': {
    sentence: 'The best capture that was possible is poor; the core may ask this person to come back.',
    next: 'Tell the person, or record an exception with its proof if a capture is impossible.',
  },

  'ENR-DDP-001': {
    sentence: 'A person with the same name, date of birth and gender is registered already.',
    next: 'Ask the person whether they enrolled before; if they lost their number, send them to the administrator.',
  },

  'ENR-UIN-001': { sentence: 'No free identity number could be drawn.', next: TELL_SUPPORT },

  'ENR-OUT-001': { sentence: 'The registration is complete.', next: 'Hand the number to the person.' },
  'ENR-OUT-002': { sentence: 'The correction was taken up.', next: 'Nothing. The first registration goes on.' },
} as const satisfies StatusTable;
