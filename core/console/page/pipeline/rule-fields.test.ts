import { expect, it } from 'vitest';
import { type RuleFields, ruleOf, wrongIn } from './rule-fields.ts';

const typed = (change: Partial<RuleFields> = {}): RuleFields => {
  return { name: 'storm', centers: '', process: '', hours: '24', after: 'resume', ...change };
};

it('A rule says no more than what was typed', () => {
  expect(ruleOf(typed())).toEqual({ name: 'storm', match: {}, hours: 24, after: 'resume' });
  expect(ruleOf(typed({ centers: '10001 10002', process: 'NEW' }))?.match).toEqual({
    centers: ['10001', '10002'],
    processes: ['NEW'],
  });
});

it.each([
  ['name', 'Storm'],
  ['centers', '1000'],
  ['hours', '0'],
  ['hours', '8785'],
  ['hours', 'a day'],
] as const)('There is none while its %s is "%s"', (field, text) => {
  expect(wrongIn(typed({ [field]: text }))[field]).toBe(true);
  expect(ruleOf(typed({ [field]: text }))).toBeUndefined();
});
