import { expect, it } from 'vitest';
import { actOf, askAgainMs, decisionAct, ordersFor } from './orders.ts';

const standing = (state: string, reason?: string) => ({
  state,
  priority: 'normal',
  parked: reason ? { reason } : null,
  verdict: null,
});

it.each([
  ['DEAD_LETTER', undefined, ['resume', 'restart', 'stop', 'prioritise']],
  ['PARKED', 'paused', ['resume', 'restart', 'stop', 'prioritise']],
  ['PARKED', 'introducer', ['restart', 'stop', 'prioritise']],
  ['IN_FLOW', undefined, ['restart', 'stop', 'prioritise', 'pause']],
  ['RECEIVED', undefined, ['prioritise']],
  ['COMPLETED', undefined, []],
])('to what is %s (%s) can be ordered %j', (state, reason, orders) => {
  expect(ordersFor(standing(state, reason))).toEqual(orders);
});

it('what is urgent is not made urgent', () => {
  expect(ordersFor({ ...standing('RECEIVED'), priority: 'urgent' })).toEqual([]);
});

it('whose end is decided can only be taken up again, or earlier', () => {
  const decided = { ...standing('DEAD_LETTER'), verdict: { state: 'REJECTED' } };
  expect(ordersFor(decided)).toEqual(['resume', 'prioritise']);
});

it('a decision names the person, or says that it is nobody', () => {
  expect(decisionAct({ person: '10001' })).toEqual({ do: 'decide', accept: '10001' });
  expect(decisionAct('nobody')).toEqual({ do: 'decide' });
});

it('what became of an order is asked for soon, and then more and more seldom', () => {
  expect([0, 1, 2, 20].map(askAgainMs)).toEqual([1_000, 1_500, 2_250, 15_000]);
});

it('a pause ends a day later, and then the registration goes on', () => {
  const until = '2026-03-02T08:00:00.000Z';
  expect(actOf('pause', new Date('2026-03-01T08:00:00.000Z'))).toEqual({ do: 'pause', until, after: 'resume' });
});
