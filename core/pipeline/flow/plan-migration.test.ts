import { describe, expect, test } from 'vitest';
import { SMALL_FLOW, SMALL_STAGES } from './flow.fixture.ts';
import { type CensusRow, mergeRows } from './flow-census.ts';
import { loadFlow } from './load-flow.ts';
import { planMigration } from './plan-migration.ts';

const target = loadFlow(SMALL_FLOW, SMALL_STAGES);
const rowOf = (stage: string, change: Partial<CensusRow> = {}): CensusRow => ({
  flow: 'NEW',
  version: 3,
  state: 'IN_FLOW',
  stage,
  reason: null,
  count: 5,
  ...change,
});

describe('a change to another version of a flow', () => {
  test('leads each to the stage of the same name, or to the one that is named for it', () => {
    const { transfers, places, problems } = planMigration([rowOf('judge'), rowOf('look')], target, { look: 'wait' });
    expect(transfers.map(({ stage, to, count }) => [stage, to, count])).toEqual([
      ['judge', 'judge', 5],
      ['look', 'wait', 5],
    ]);
    expect(places).toEqual({ judge: 'judge', look: 'wait' });
    expect(problems).toEqual([]);
  });

  test('says who has no place there', () => {
    const { transfers, problems } = planMigration([rowOf('look'), rowOf('judge')], target, {});
    expect(transfers).toHaveLength(1);
    expect(problems).toEqual(['5 in IN_FLOW at "look": version 4 has no stage "look"']);
  });

  test('keeps nobody waiting where nothing would wake them', () => {
    const parked = { state: 'PARKED', reason: 'correction' };
    expect(planMigration([rowOf('wait', parked)], target, {}).problems).toEqual([]);
    expect(planMigration([rowOf('wait', { state: 'PARKED', reason: 'paused' })], target, {}).problems).toEqual([]);
    expect(planMigration([rowOf('wait', parked)], target, { wait: 'tell' }).problems).toEqual([
      '5 in PARKED at "wait": they wait for "correction", and "tell" of version 4 does not',
    ]);
  });

  test('tells nobody an end who has not come to one, and everybody who has', () => {
    const answers = (stage: string, to: string, answer?: string) =>
      planMigration([rowOf(stage)], target, { [stage]: to }, answer === undefined ? undefined : { answer }).problems;
    expect(answers('look', 'tell')).toEqual([
      '5 in IN_FLOW at "look": "tell" of version 4 tells an end, and they have not come to one',
    ]);
    expect(answers('said', 'tell', 'said')).toEqual([]);
    expect(answers('said', 'wait', 'said')).toEqual([
      '5 in IN_FLOW at "said": they have come to an end, and "wait" of version 4 does not tell it',
    ]);
  });

  test('does not go to a stage that the other version does not have, even when nobody is there', () => {
    expect(planMigration([], target, { look: 'tlel' }).problems).toEqual([
      '"look" is to become "tlel", which version 4 does not have',
    ]);
  });
});

test('parts of a census come together by their places', () => {
  const rows = mergeRows([rowOf('a'), rowOf('b')], [rowOf('a', { count: 2 }), rowOf('a', { state: 'DEAD_LETTER' })]);
  expect(rows.map(({ stage, state, count }) => [stage, state, count])).toEqual([
    ['a', 'IN_FLOW', 7],
    ['b', 'IN_FLOW', 5],
    ['a', 'DEAD_LETTER', 5],
  ]);
});
