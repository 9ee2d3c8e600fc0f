import { describe, expect, test } from 'vitest';
import { registrationOf, ridOf } from '../pipeline.fixture.ts';
import { type Condition, conditionSchema, conditionText, holds } from './conditions.ts';

const child = registrationOf(ridOf(1), {
  priority: 'urgent',
  facts: {
    ageGroup: 'MINOR',
    introducer: false,
    quality: { finger: 40 },
    exceptions: ['LEFT_IRIS', 'RIGHT_IRIS'],
    country: { tax: 'paid', level: 3, known: true },
  },
});

const TRUE: readonly [Condition, string][] = [
  [{ fact: 'process', is: 'NEW' }, 'process is NEW'],
  [{ fact: 'priority', is: 'urgent' }, 'priority is urgent'],
  [{ fact: 'ageGroup', in: ['INFANT', 'MINOR'] }, 'ageGroup in INFANT, MINOR'],
  [{ fact: 'introducer', is: false }, 'introducer is false'],
  [{ fact: 'quality.finger', below: 41 }, 'quality.finger below 41'],
  [{ fact: 'quality.finger', atLeast: 40 }, 'quality.finger at least 40'],
  [{ fact: 'exceptions', is: 2 }, 'exceptions is 2'],
  [{ fact: 'corrections', below: 1 }, 'corrections below 1'],
  [{ fact: 'country.tax', is: 'paid' }, 'country.tax is paid'],
  [{ fact: 'country.level', atLeast: 3 }, 'country.level at least 3'],
  [{ fact: 'country.known', is: true }, 'country.known is true'],
  [{ not: { fact: 'quality.iris', atLeast: 0 } }, 'not quality.iris at least 0'],
  [
    {
      all: [
        { fact: 'process', is: 'NEW' },
        {
          any: [
            { fact: 'ageGroup', is: 'ADULT' },
            { fact: 'exceptions', is: 2 },
          ],
        },
      ],
    },
    'process is NEW and (ageGroup is ADULT or exceptions is 2)',
  ],
];

const FALSE: readonly Condition[] = [
  { fact: 'process', is: 'LOST' },
  { fact: 'quality.finger', below: 40 },
  { fact: 'quality.finger', atLeast: 41 },
  // What is not known fulfils nothing.
  { fact: 'quality.iris', below: 100 },
  { fact: 'poor', is: 0 },
  { fact: 'country.other', is: true },
  // A text is no number.
  { fact: 'country.tax', atLeast: 0 },
  { fact: 'toString', is: 'x' },
  { fact: 'country.toString', is: 'x' },
  {
    all: [
      { fact: 'process', is: 'NEW' },
      { fact: 'ageGroup', is: 'ADULT' },
    ],
  },
  { any: [{ fact: 'process', is: 'LOST' }] },
  { not: { fact: 'process', is: 'NEW' } },
];

describe('a condition', () => {
  test.each(TRUE)('%j holds, and reads "%s"', (condition, text) => {
    expect(conditionSchema.parse(condition)).toEqual(condition);
    expect(holds(condition, child)).toBe(true);
    expect(conditionText(condition)).toBe(text);
  });

  test.each(FALSE)('%j does not hold', (condition) => {
    expect(holds(condition, child)).toBe(false);
  });

  test.each([
    { fact: 'process' },
    { fact: 'process', is: 'NEW', in: ['NEW'] },
    { fact: 'process', in: [] },
    { all: [] },
    { not: {} },
    { fact: 'exceptions', below: '3' },
    'process is NEW',
    { fact: 'x'.repeat(65), is: 1 },
  ])('%j is none', (text) => {
    expect(conditionSchema.safeParse(text).success).toBe(false);
  });
});
