/** How a machine becomes a trusted station, how it and the core change their keys, and how trust ends. */
import type { StatusTable } from '../status-table.ts';

const ASK_FOR_TOKEN = 'Ask the administrator for a new enrolment token.';

export const TRUST_STATUS = {
  'ENR-TRU-001': {
    sentence: 'This is no enrolment token, or not all of one.',
    next: 'Copy or scan the whole token, from "enr1." to its end.',
  },
  'ENR-TRU-002': {
    sentence: 'The enrolment token is not valid: it was withdrawn or replaced, or is for another station or core.',
    next: ASK_FOR_TOKEN,
  },
  'ENR-TRU-003': { sentence: 'The enrolment token has expired.', next: ASK_FOR_TOKEN },
  'ENR-TRU-004': {
    sentence: 'The enrolment token was used by another machine already.',
    next: 'Tell the administrator at once if that machine is not yours: the station may have been taken over.',
  },
  'ENR-TRU-005': {
    sentence: 'The machine did not prove that the keys in its card are its own.',
    next: 'Enrol with the machine that made the keys.',
  },
  'ENR-TRU-006': {
    sentence: 'These keys counted for this station before, and were given up.',
    next: 'Make a new station in an empty folder, and enrol that one.',
  },
  'ENR-TRU-007': {
    sentence: 'Whoever answered is not the core that the enrolment token names. Nothing was trusted.',
    next: 'Check the network and the address. Tell the administrator.',
  },
  'ENR-TRU-008': {
    sentence: 'The state of the station does not allow that.',
    next: 'Look at the state of the station. One that is revoked can only be enrolled anew.',
  },
  'ENR-TRU-009': {
    sentence: 'The card names other keys than the station has.',
    next: 'For another machine, or for new keys, invite the station anew.',
  },
  'ENR-TRU-010': {
    sentence: 'The new keys are not signed as they must be, or do not follow those that the core knows.',
    next: 'Enrol the station anew.',
  },
  'ENR-TRU-011': {
    sentence: 'The connection shows no client certificate that was issued for this station.',
    next: 'Start the station with the certificate that the administrator has issued for its number.',
  },
  'ENR-TRU-012': {
    sentence: 'The core has changed its keys, and nothing leads from the one that is trusted here to the present one.',
    next: "Have the administrator bring the core's card and trust it, or enrol the station anew.",
  },
  'ENR-TRU-013': {
    sentence: 'The enrolment token is for another station than the one in this folder.',
    next: 'Use the token of this station, or another folder.',
  },
  'ENR-TRU-014': {
    sentence: "The authority's certificate is missing, or is not the one that the enrolment token names.",
    next: 'Name the file that the administrator has given out with --ca.',
  },
  'ENR-TRU-015': {
    sentence: 'The core can not be reached. Nothing is lost.',
    next: 'Check the link and the address, then give the same command again.',
  },
  'ENR-TRU-016': {
    sentence: 'A change of the keys of this station was begun and is not finished.',
    next: 'Finish it with `enroute station rotate-keys`, then give this command again.',
  },
} as const satisfies StatusTable;
