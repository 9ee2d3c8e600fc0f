import { describe, expect, test } from 'vitest';
import { SMALL_FLOW, SMALL_STAGES } from './flow.fixture.ts';
import { flowsOf } from './flow-versions.ts';
import { loadFlow } from './load-flow.ts';

const version = (number: number) => loadFlow({ ...SMALL_FLOW, version: number }, SMALL_STAGES);
const [one, two, three] = [version(1), version(2), version(3)];
const flows = flowsOf([two, three, one]);

describe('the versions of a flow', () => {
  test('lead new registrations to the newest', () => {
    expect(flows.newest('NEW')).toBe(three);
    expect(flows.flowOf({ process: 'NEW' })).toBe(three);
    expect([...flows.processes]).toEqual(['NEW']);
  });

  test('leave a registration on the one that it has entered', () => {
    expect(flows.flowOf({ process: 'NEW', flow: { name: 'NEW', version: 1 } })).toBe(one);
    expect(flows.version('NEW', 2)).toBe(two);
    expect(flows.all()).toEqual([three, two, one]);
  });

  test('give nothing in place of one that is not at hand', () => {
    expect(flows.flowOf({ process: 'NEW', flow: { name: 'NEW', version: 4 } })).toBeUndefined();
    expect(flows.flowOf({ process: 'LOST' })).toBeUndefined();
  });

  test('are not the same twice', () => {
    expect(() => flowsOf([two, version(2)])).toThrow('Flow NEW version 2: it stands twice');
  });
});
