import { describe, expect, test } from 'vitest';
import { enrolmentOf } from '../pipeline.fixture.ts';
import { classifyStage } from './classify.ts';
import { stageBench } from './stages.fixture.ts';

const bench = stageBench();

describe('classify', () => {
  test.each([
    ['1990/01/02', 'ADULT'],
    ['2015/01/02', 'MINOR'],
    ['2024/01/02', 'INFANT'],
  ])('a person born on %s is an %s', async (dateOfBirth, group) => {
    const { identity } = enrolmentOf(bench.person);
    const registration = await bench.arrival({ change: { identity: { ...identity, dateOfBirth } } });
    expect(await bench.decide(classifyStage, registration)).toMatchObject({ kind: 'next', facts: { ageGroup: group } });
  });

  test('says who can not be captured where, and whether somebody vouches for the person, and nothing of who', async () => {
    const { identity, biometrics } = enrolmentOf(bench.person);
    const thumbless = biometrics.map((one) => (one.position === 'LEFT_THUMB' ? { ...one, exception: true } : one));
    const vouched = { identity: { ...identity, introducerUIN: '3127850469' }, biometrics: thumbless };
    expect(await bench.decide(classifyStage, await bench.arrival({ change: vouched }))).toEqual({
      kind: 'next',
      facts: { ageGroup: 'ADULT', exceptions: ['LEFT_THUMB'], introducer: true },
    });
    expect(await bench.decide(classifyStage, await bench.arrival())).toEqual({
      kind: 'next',
      facts: { ageGroup: 'ADULT', exceptions: [], introducer: false },
    });
  });

  test('reckons the age at the time of the capture, however long the packet was on its way', async () => {
    const { identity } = enrolmentOf(bench.person);
    const change = { identity: { ...identity, dateOfBirth: '2008/02/28' }, capturedAt: '2026-02-27T10:00:00.000Z' };
    expect(await bench.decide(classifyStage, await bench.arrival({ change }))).toMatchObject({
      facts: { ageGroup: 'MINOR' },
    });
  });

  test('knows no age of who gives a number and not when they were born', async () => {
    const update = await bench.arrival({ change: { identity: { UIN: '3127850469' } } }, { process: 'UPDATE' });
    expect(await bench.decide(classifyStage, update)).toEqual({
      kind: 'next',
      facts: { exceptions: [], introducer: false },
    });
  });

  test('fails what validation should not have let pass', async () => {
    expect(await bench.decide(classifyStage, await bench.arrival({ change: { identity: {} } }))).toEqual({
      kind: 'fail',
      code: 'ENR-VAL-005',
    });
  });
});
