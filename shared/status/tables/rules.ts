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
  'ENR-VAL-021': {
    sentence: "The person's identity number is missing, or is none.",
    next: "Enter the number as it stands on the person's card; without it, choose the process for a lost number.",
  },
  'ENR-VAL-022': {
    sentence: 'This field can not be changed by this process.',
    next: 'Leave the named field out, or choose another process.',
  },
  'ENR-VAL-023': { sentence: 'Nothing is to be changed.', next: 'Enter what is to be changed.' },
  'ENR-VAL-024': { sentence: 'This process takes no biometrics.', next: 'Leave the biometrics out.' },
  'ENR-VAL-025': {
    sentence: 'A capture does not bear the signature of its device.',
    next: 'Capture the named biometrics again with a device that signs.',
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
  'ENR-CMD-008': {
    sentence: 'The capture device is not one that may be used at this center.',
    next: 'Capture again with another device, and tell the administrator of the named one.',
  },
  'ENR-CMD-009': {
    sentence: 'The capture was made outside the working hours of the center.',
    next: 'Ask the administrator about the hours of the center.',
  },

  'ENR-INT-001': {
    sentence: "The introducer's own registration was refused.",
    next: 'Enrol the person again with another introducer.',
  },
  'ENR-INT-002': {
    sentence: "The introducer's own registration did not end in time.",
    next: "Ask the administrator about the introducer's registration, then enrol the person again.",
  },
  'ENR-INT-003': {
    sentence: 'Nobody has the number by which the introducer is named.',
    next: 'Enrol the person again with the registration id or the identity number of the introducer.',
  },
  'ENR-INT-004': {
    sentence: "The introducer's number is deactivated.",
    next: 'Enrol the person again with another introducer.',
  },
  'ENR-INT-005': {
    sentence: 'Two registrations name each other as introducer, or one names itself.',
    next: 'Enrol the person again with an introducer who has a number.',
  },
  'ENR-INT-006': {
    sentence: 'The registration that is named as the introducer is not one by which a person gets or keeps a number.',
    next: 'Enrol the person again with the identity number of the introducer.',
  },
  'ENR-INT-007': {
    sentence: 'By the record of the identity number the person is a child, and nobody is named who vouches.',
    next: 'Enrol the person again with the registration id or the identity number of the introducer.',
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

  'ENR-IDN-001': {
    sentence: 'Nobody has this identity number.',
    next: "Compare the number with the person's card; without it, choose the process for a lost number.",
  },
  'ENR-IDN-002': {
    sentence: 'The identity number is deactivated.',
    next: 'Have the number activated first.',
  },
  'ENR-IDN-003': { sentence: 'The identity number is active already.', next: 'Nothing. The person can use it.' },
  'ENR-IDN-004': { sentence: 'The identity number is deactivated already.', next: 'Nothing is left to be done.' },
  'ENR-IDN-005': {
    sentence:
      'Another identity number was decided on, but this registration has already changed the record of the first.',
    next: 'Put the first record right, then stop the registration and have the person enrolled again.',
  },
  'ENR-IDN-006': {
    sentence: "Nobody decided in time whether the identity number is the person's own.",
    next: 'Ask the administrator, then enrol the person again.',
  },
  'ENR-IDN-007': {
    sentence: "It was decided that the identity number is not the person's own.",
    next: "Compare the number with the person's card; without it, choose the process for a lost number.",
  },

  'ENR-LST-001': {
    sentence: 'Nobody with this name, date of birth and gender has an identity number.',
    next: 'Ask the person how they were enrolled; if they never were, enrol them as new.',
  },
  'ENR-LST-002': {
    sentence: 'Nobody decided in time whose number was lost.',
    next: 'Ask the administrator, then enrol the person again.',
  },
  'ENR-LST-003': {
    sentence: 'It was decided that the person is none of those who were found.',
    next: 'Ask the person how they were enrolled; if they never were, enrol them as new.',
  },

  'ENR-UIN-001': { sentence: 'No free identity number could be drawn.', next: TELL_SUPPORT },
  'ENR-UIN-002': {
    sentence: 'The registration has come to its end without the identity number that it gives or is about.',
    next: 'Let it go on from the stage that gives or finds the number.',
  },

  'ENR-OUT-001': { sentence: 'The registration is complete.', next: 'Hand the number to the person.' },
  'ENR-OUT-002': { sentence: 'The correction was taken up.', next: 'Nothing. The first registration goes on.' },
  'ENR-OUT-003': { sentence: 'The data of the person were changed.', next: 'Tell the person.' },
  'ENR-OUT-004': { sentence: 'The lost number was found.', next: 'Hand the number to the person.' },
  'ENR-OUT-005': { sentence: 'The identity number is active again.', next: 'Tell the person.' },
  'ENR-OUT-006': { sentence: 'The identity number was deactivated.', next: 'Tell who asked for it.' },
} as const satisfies StatusTable;
