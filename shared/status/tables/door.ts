/** What the gateway says at its door to stations and people. */
import { type StatusTable, TELL_SUPPORT } from '../status-table.ts';

export const DOOR_STATUS = {
  'ENR-AUT-001': { sentence: 'The request carries no credentials.', next: TELL_SUPPORT },
  'ENR-AUT-002': { sentence: 'The credentials are not valid.', next: TELL_SUPPORT },
  'ENR-AUT-003': {
    sentence: "The credentials are out of date, because the station's clock differs from the core's.",
    next: 'Nothing. The station measures the difference and tries again.',
  },
  'ENR-AUT-004': {
    sentence: 'The station is not known to the core.',
    next: 'Ask the administrator to register the station.',
  },
  'ENR-AUT-005': { sentence: 'The station is suspended.', next: 'Ask the administrator why.' },
  'ENR-AUT-006': { sentence: "A station may use its own channel only, not another station's.", next: TELL_SUPPORT },
  'ENR-AUT-007': {
    sentence: 'The station is revoked.',
    next: 'Ask the administrator whether the machine is to be enrolled again.',
  },

  'ENR-WEB-001': { sentence: 'There is nothing at this address.', next: 'Check the address.' },
  'ENR-WEB-002': { sentence: 'The request could not be carried out just now.', next: 'Try again in a minute.' },
  'ENR-WEB-003': { sentence: 'The request could not be read.', next: 'Check the request.' },
  'ENR-WEB-005': {
    sentence: 'The core refused this for a reason that this version does not know.',
    next: 'Update this installation.',
  },
  'ENR-WEB-006': { sentence: 'The request has not the form that is expected.', next: 'Check the request.' },
  'ENR-WEB-007': { sentence: 'This can not be done at this address.', next: 'Check the request.' },
  'ENR-WEB-008': { sentence: 'Too many requests have come from here.', next: 'Wait as long as the answer says.' },
  'ENR-WEB-009': {
    sentence: 'This is not among what you may do.',
    next: 'Ask an administrator for the role or the center that it takes.',
  },
  'ENR-WEB-010': {
    sentence: 'The request came from a page of another site.',
    next: 'Open the page of the core itself and try again there.',
  },
  'ENR-WEB-011': { sentence: 'The core is not ready to work.', next: 'Look at what is named as missing.' },
} as const satisfies StatusTable;
