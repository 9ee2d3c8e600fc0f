/** Running a station. */
import { type StatusTable, TELL_SUPPORT } from '../status-table.ts';

export const STATION_STATUS = {
  'ENR-STN-001': {
    sentence: 'The disk is full; the enrolment was not saved.',
    next: 'Free disk space, then save again.',
  },
  'ENR-STN-002': {
    sentence: 'What was read back from the disk is not what was written; the enrolment was not saved.',
    next: 'Save again; if it happens again, have the disk checked.',
  },
  'ENR-STN-003': { sentence: 'A stored packet is damaged or missing on the disk.', next: TELL_SUPPORT },
  'ENR-STN-004': {
    sentence: 'The station has not been registered with a core yet.',
    next: 'Register the station first: enroute station trust <core card>.',
  },
  'ENR-STN-005': { sentence: 'The password does not open this key.', next: 'Enter the password again.' },
  'ENR-STN-006': {
    sentence: 'The disk can not be read or written now.',
    next: 'Try again; if it happens again, have the disk checked.',
  },
  'ENR-STN-007': {
    sentence: 'Sign-in is locked for a while, because a wrong password was entered too often.',
    next: 'Wait until the time shown, then sign in again.',
  },
  'ENR-STN-008': { sentence: 'This station holds no such registration.', next: 'Check the registration id.' },
  'ENR-STN-009': {
    sentence:
      'The packet may not be deleted: the core has not confirmed its end, or it must still be kept for a while.',
    next: 'Nothing. The station deletes it by itself when the time has come.',
  },
  'ENR-STN-010': {
    sentence: 'A database file of the station was damaged; it was set aside and made anew from the sealed packets.',
    next: 'Nothing is lost. Have the disk checked.',
  },
  'ENR-STN-011': {
    sentence: 'Another process uses the station.',
    next: 'Close the other window or stop the other process, then try again.',
  },
  'ENR-STN-012': {
    sentence: 'The registration is not in a state in which this can be done.',
    next: 'Look at its state; the list shows it.',
  },
  'ENR-STN-013': {
    sentence: 'Whoever signed in is not an operator of this station.',
    next: 'Have an operator sign in.',
  },

  'ENR-APR-001': {
    sentence: 'Nobody approves their own enrolments.',
    next: 'Have another supervisor sign in and decide.',
  },
  'ENR-APR-002': {
    sentence: 'Whoever signed in is not a supervisor of this station.',
    next: 'Have a supervisor sign in.',
  },
  'ENR-APR-003': {
    sentence: 'The supervisor has rejected this enrolment; it is never uploaded.',
    next: 'Enrol the person again if the reason was mended.',
  },
  'ENR-APR-004': {
    sentence: 'There is no copy of this enrolment to look at, because approval was asked for after it was sealed.',
    next: 'Decide by what is on paper, or have the person enrolled again.',
  },

  'ENR-LIM-001': {
    sentence: 'The disk has room for only few more enrolments.',
    next: 'Bring the station to a link so that packets can go, or free disk space.',
  },
  'ENR-LIM-002': {
    sentence: 'Many packets wait to be sent.',
    next: 'Bring the station to a link, or carry its packets to the core.',
  },
  'ENR-LIM-003': {
    sentence: 'A packet has waited for long to be sent.',
    next: 'Bring the station to a link, or carry its packets to the core.',
  },
  'ENR-LIM-004': {
    sentence: 'Many enrolments wait for the supervisor.',
    next: 'Ask the supervisor to decide on them.',
  },
  'ENR-LIM-005': {
    sentence: 'An enrolment has waited for long for the supervisor.',
    next: 'Ask the supervisor to decide on it.',
  },
  'ENR-LIM-006': {
    sentence: 'The station has not heard from the core for long.',
    next: 'Bring the station to a link.',
  },

  'ENR-CLI-001': {
    sentence: 'There is no station in this folder.',
    next: 'Check the folder, or make a station there: enroute station init <number>.',
  },
  'ENR-CLI-002': {
    sentence: 'The station is running, and its local API can not be used.',
    next: 'Set ENROUTE_LOCAL_TOKEN to what the station was started with, or stop the station.',
  },
  'ENR-CLI-003': {
    sentence: 'There are keys of that name already; they are kept.',
    next: 'Choose another name or another folder. Keys are never replaced.',
  },
} as const satisfies StatusTable;
