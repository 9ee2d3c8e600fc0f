/** `start --upload-window 18:00-06:00 --daily-budget 50MB --rate 4KB`: the plan of the link, as it is typed. */
import { type LinkPlan, linkPlanSchema } from '@enroute/shared/schemas/link-plan.ts';
import { type Command, InvalidArgumentError } from 'commander';
import { usageFailure } from './usage.ts';

export interface PlanOptions {
  readonly uploadWindow?: readonly Window[];
  readonly dailyBudget?: number;
  readonly rate?: number;
}

type Window = NonNullable<LinkPlan['windows']>[number];

const WINDOW = /^(\d{2}:\d{2})-(\d{2}:\d{2})$/;
const AMOUNT = /^(\d{1,12})(B|KB|MB|GB)?$/i;
const UNIT_BYTES: Readonly<Record<string, number>> = { B: 1, KB: 1_000, MB: 1_000_000, GB: 1_000_000_000 };

/** The core may set others, which then take the place of these. */
export function addPlanOptions(command: Command): Command {
  return command
    .option(
      '--upload-window <from-to>',
      'packets go at these hours only, e.g. 18:00-06:00; may be given again',
      windows,
    )
    .option('--daily-budget <bytes>', 'so many bytes of packets a day, e.g. 50MB', bytes)
    .option('--rate <bytes>', 'so many bytes of packets a second, e.g. 4KB', bytes);
}

/** @throws DeskFailure USAGE for hours or amounts that can not be */
export function planOf({ uploadWindow, dailyBudget, rate }: PlanOptions): LinkPlan {
  const plan = linkPlanSchema.safeParse({
    ...(uploadWindow && { windows: uploadWindow }),
    ...(dailyBudget !== undefined && { dailyBytes: dailyBudget }),
    ...(rate !== undefined && { bytesPerSecond: rate }),
  });
  if (plan.success) return plan.data;
  throw usageFailure(
    'An upload window is two different times of day, a budget at least one byte, a rate at least 64 bytes a second.',
  );
}

function windows(text: string, before: readonly Window[] = []): Window[] {
  const [, from, to] = WINDOW.exec(text) ?? [];
  if (!from || !to) throw new InvalidArgumentError('Two times of day, e.g. 18:00-06:00.');
  return [...before, { from, to }];
}

/** Powers of 1000, as `status` shows them. */
function bytes(text: string): number {
  const [, number, unit = 'B'] = AMOUNT.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('A whole number of B, KB, MB or GB, e.g. 50MB.');
  return Number(number) * (UNIT_BYTES[unit.toUpperCase()] ?? 1);
}
