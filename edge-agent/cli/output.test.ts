import { describe, expect, it } from 'vitest';
import { AMINA, runStation, SECRETS } from './desk.fixture.ts';
import { EXIT } from './exit-codes.ts';

const NOWHERE = ['--folder', '/nowhere/at/all'];

describe('wrong usage', () => {
  it.each([
    ['no folder', ['status'], "required option '--folder <folder>' not specified"],
    ['an unknown option', ['status', ...NOWHERE, '--colour'], "unknown option '--colour'"],
    ['an argument that is none', ['show', 'x', ...NOWHERE], '29 digits'],
    ['a missing argument', ['show', ...NOWHERE], "missing required argument 'rid'"],
    ['a choice that is none', ['list', ...NOWHERE, '--state', 'GONE'], 'GONE'],
    ['an unknown command', ['nonsense'], "unknown command 'nonsense'"],
    ['what a command itself demands', ['enrol', ...NOWHERE], 'A capture folder is needed'],
  ])('is one line of JSON where a program reads: %s', async (_what, args, reason) => {
    const { code, out } = await runStation([...args, '--json'], { ...SECRETS, ...AMINA });
    expect(code).toBe(EXIT.wrongUsage);
    expect(out).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(out)).toEqual({
      error: 'USAGE',
      reason: expect.stringContaining(reason),
      next: expect.stringContaining('--help'),
    });
  });

  it('is told once where a person reads', async () => {
    const { code, out, err } = await runStation(['status'], SECRETS);
    expect([code, out]).toEqual([EXIT.wrongUsage, '']);
    expect(err.match(/--folder/g)).toHaveLength(1);
  });

  it('is not what help is that was asked for', async () => {
    const { code, out } = await runStation(['status', '--help', '--json'], SECRETS);
    expect(code).toBe(EXIT.done);
    expect(out).toMatch(/^Usage: /);
  });
});
