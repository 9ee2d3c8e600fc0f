/** What a command of the station ends with: the one table from failures to exit codes. docs/operations.md explains it. */
import { CommanderError } from 'commander';
import { failureOf } from '../local-api/failure.ts';

export const EXIT = {
  done: 0,
  unexpected: 1,
  wrongUsage: 2,
  refused: 3,
  noSuchRegistration: 4,
  damage: 5,
  signInFailed: 6,
  inUse: 7,
  notSetUp: 8,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `
Exit codes:
  0  done
  1  something unexpected
  2  wrong usage, or a variable of the environment is missing
  3  refused by the rules: pre-flight, limits, approval, or what was handed over is no enrolment
  4  no such registration
  5  damage was found, or the disk is failing
  6  sign-in failed or is locked, or the passphrase is wrong
  7  the station is in use by another process, or its agent can not be asked
  8  not set up: no station in the folder, or no core that it trusts
`;

/** What of a family differs from the family. */
const BY_CODE: Readonly<Record<string, ExitCode>> = {
  USAGE: EXIT.wrongUsage,
  'ENR-TRU-001': EXIT.wrongUsage,
  'ENR-TRU-014': EXIT.wrongUsage,
  'ENR-WEB-003': EXIT.wrongUsage,
  'ENR-CLI-001': EXIT.notSetUp,
  'ENR-CLI-002': EXIT.inUse,
  'ENR-CRR-008': EXIT.damage,
  'ENR-STN-001': EXIT.refused,
  'ENR-STN-004': EXIT.notSetUp,
  'ENR-STN-005': EXIT.signInFailed,
  'ENR-STN-007': EXIT.signInFailed,
  'ENR-STN-008': EXIT.noSuchRegistration,
  'ENR-STN-009': EXIT.refused,
  'ENR-STN-011': EXIT.inUse,
  'ENR-STN-012': EXIT.refused,
  'ENR-STN-013': EXIT.refused,
  // The two that sealing throws, of what was handed over.
  'ENR-PKT-008': EXIT.refused,
  'ENR-PKT-009': EXIT.refused,
};

const BY_FAMILY: Readonly<Record<string, ExitCode>> = {
  'ENR-AUT': EXIT.refused,
  'ENR-RID': EXIT.wrongUsage,
  'ENR-VAL': EXIT.refused,
  'ENR-QUA': EXIT.refused,
  'ENR-CMD': EXIT.refused,
  'ENR-LIM': EXIT.refused,
  'ENR-APR': EXIT.refused,
  'ENR-CLI': EXIT.refused,
  'ENR-LNK': EXIT.refused,
  'ENR-TRU': EXIT.refused,
  'ENR-CRR': EXIT.refused,
  'ENR-PKT': EXIT.damage,
  'ENR-STN': EXIT.damage,
  MOSIP: EXIT.refused,
  FOLDER: EXIT.refused,
  CAPTURE: EXIT.refused,
  CBEFF: EXIT.refused,
};

/** @param code of a failure, as it is told */
export function exitCodeOf(code: string): ExitCode {
  return BY_CODE[code] ?? BY_FAMILY[familyOf(code)] ?? EXIT.unexpected;
}

/** "ENR-VAL" of "ENR-VAL-001", "MOSIP" of "MOSIP_NOT_TRUSTED". */
function familyOf(code: string): string {
  return code.startsWith('ENR-') ? code.slice(0, 7) : (code.split('_')[0] ?? '');
}

export function exitCodeOfError(error: unknown): ExitCode {
  // Help that was asked for is no failure; all else that Commander ends with is.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage;
  const failure = failureOf(error);
  return failure ? exitCodeOf(failure.error) : EXIT.unexpected;
}
