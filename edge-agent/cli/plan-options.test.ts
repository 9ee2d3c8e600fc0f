import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addPlanOptions, planOf } from './plan-options.ts';

function typed(...args: string[]) {
  const command = addPlanOptions(new Command().exitOverride().configureOutput({ writeErr: () => undefined }));
  return planOf(command.parse(args, { from: 'user' }).opts());
}

describe('the plan of the link, as it is typed', () => {
  it('is hours, an amount a day, and a rate; each may be left out', () => {
    expect(typed()).toEqual({});
    expect(typed('--upload-window', '18:00-06:00', '--upload-window', '12:00-12:30')).toEqual({
      windows: [
        { from: '18:00', to: '06:00' },
        { from: '12:00', to: '12:30' },
      ],
    });
    expect(typed('--daily-budget', '50MB', '--rate', '4KB')).toEqual({ dailyBytes: 50_000_000, bytesPerSecond: 4_000 });
    expect(typed('--rate', '4000')).toEqual({ bytesPerSecond: 4_000 });
  });

  it.each([
    [['--upload-window', '18-06']],
    [['--upload-window', '18:00-18:00']],
    [['--upload-window', '24:00-06:00']],
    [['--daily-budget', '0']],
    [['--daily-budget', '-5MB']],
    [['--daily-budget', '5TB']],
    [['--rate', '1.5KB']],
    [['--rate', '63']],
  ])('%j is refused', (args) => {
    expect(() => typed(...args)).toThrow();
  });
});
