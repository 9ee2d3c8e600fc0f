/** People and services of the core, and the audit of what they did. */
import { type StatusTable, TELL_SUPPORT } from '../status-table.ts';

export const PEOPLE_STATUS = {
  'ENR-PPL-001': {
    sentence: 'The name or the password is wrong.',
    next: 'Try again. After five wrong tries sign-in is locked for a while.',
  },
  'ENR-PPL-002': {
    sentence: 'The code of the second factor is missing, wrong, or was used before.',
    next: 'Enter the code that your authenticator shows now; if it was used, wait for the next one.',
  },
  'ENR-PPL-003': {
    sentence: 'Sign-in is locked after too many wrong tries.',
    next: 'Wait, then try again. If it was not you, tell an administrator.',
  },
  'ENR-PPL-004': { sentence: 'Nobody is signed in here, or the session has ended.', next: 'Sign in.' },
  'ENR-PPL-005': {
    sentence: 'The secret of the service is not valid, or has expired.',
    next: 'Ask an administrator for a new one.',
  },
  'ENR-PPL-006': {
    sentence: 'The sign-in link was used already, has expired, or is not valid.',
    next: 'Ask an administrator for a new link.',
  },
  'ENR-PPL-007': {
    sentence: 'Too many people are signing in at this moment.',
    next: 'Try again in a few seconds.',
  },
  'ENR-PPL-008': {
    sentence: 'The password is too short, too common, or the name itself.',
    next: 'Choose one of at least twelve characters; a few words that do not belong together are good.',
  },
  'ENR-PPL-009': {
    sentence: 'No person or service has this name.',
    next: 'Check the name in the list.',
  },
  'ENR-PPL-010': {
    sentence: 'There is a person or service of this name already.',
    next: 'Choose another name.',
  },
  'ENR-PPL-011': {
    sentence: 'This is the last administrator, who can neither be closed nor lose the role.',
    next: 'Make somebody else an administrator first.',
  },
  'ENR-PPL-012': {
    sentence: 'A second factor is on already.',
    next: 'Remove it first; that takes the password and a code.',
  },
  'ENR-PPL-013': {
    sentence: 'No second factor is on or being set up.',
    next: 'Begin to set one up.',
  },
  'ENR-PPL-014': {
    sentence: 'These roles and centers do not go together.',
    next: 'Give a supervisor the centers to see; services can not be administrator or adjudicator.',
  },
  'ENR-PPL-015': { sentence: 'This is for people only, not for services.', next: TELL_SUPPORT },
  'ENR-PPL-016': {
    sentence: 'Nobody gives themselves a new sign-in link.',
    next: 'Ask another administrator, or whoever has the command line of the core.',
  },

  'ENR-AUD-001': {
    sentence: 'The audit could not be written, so this was not confirmed.',
    next: 'Look whether it was carried out before you try again.',
  },
  'ENR-AUD-002': {
    sentence: 'The audit does not hold: entries are missing or were changed.',
    next: 'Keep the store and its backups as they are, and tell whoever is responsible for security.',
  },
} as const satisfies StatusTable;
