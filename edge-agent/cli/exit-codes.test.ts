import { STATUS_CODES } from '@enroute/shared/status/codes.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { EXIT, EXIT_HELP, exitCodeOf, exitCodeOfError } from './exit-codes.ts';

describe('an exit code', () => {
  it.each([
    ['ENR-VAL-001', EXIT.refused],
    ['ENR-LIM-001', EXIT.refused],
    ['ENR-APR-001', EXIT.refused],
    ['MOSIP_DATA_HASH_MISMATCH', EXIT.refused],
    ['ENR-PKT-008', EXIT.refused],
    ['ENR-PKT-009', EXIT.refused],
    ['ENR-PKT-006', EXIT.damage],
    ['ENR-STN-008', EXIT.noSuchRegistration],
    ['ENR-STN-003', EXIT.damage],
    ['ENR-STN-010', EXIT.damage],
    ['ENR-STN-005', EXIT.signInFailed],
    ['ENR-STN-007', EXIT.signInFailed],
    ['ENR-STN-011', EXIT.inUse],
    ['ENR-STN-004', EXIT.notSetUp],
    ['ENR-CLI-001', EXIT.notSetUp],
    ['USAGE', EXIT.wrongUsage],
    ['ENR-OPS-001', EXIT.unexpected],
  ])('of %s is %i', (code, exit) => {
    expect(exitCodeOf(code)).toBe(exit);
  });

  it('is meant for every code that speaks of the desk', () => {
    const ofTheDesk = STATUS_CODES.filter((code) => /^ENR-(STN|VAL|QUA|CMD|LIM|APR|CLI|PKT|RID)-/.test(code));
    expect(ofTheDesk.filter((code) => exitCodeOf(code) === EXIT.unexpected)).toEqual([]);
  });

  it('of help that was asked for is 0, and of any other usage 2', () => {
    expect(exitCodeOfError(new CommanderError(0, 'commander.helpDisplayed', ''))).toBe(EXIT.done);
    expect(exitCodeOfError(new CommanderError(1, 'commander.unknownOption', ''))).toBe(EXIT.wrongUsage);
    expect(exitCodeOfError(new EnrouteError('ENR-STN-008'))).toBe(EXIT.noSuchRegistration);
    expect(exitCodeOfError(new Error('anything'))).toBe(EXIT.unexpected);
  });

  it('stands in the help', () => {
    for (const code of Object.values(EXIT)) expect(EXIT_HELP).toMatch(new RegExp(`^ {2}${code} {2}\\S`, 'm'));
  });
});
