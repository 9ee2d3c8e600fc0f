import { QUEUE_STATES } from '@enroute/edge-agent/queue/states.ts';
import { TERMINAL_STATES } from '@enroute/shared/registration/states.ts';
import { describe, expect, it } from 'vitest';
import { queueRow, taskRow } from '../main/views.ts';
import { itemOf, taskOf } from '../station.fixture.ts';
import { hasNumber, labelOf } from './queue-label.ts';
import { en } from './texts/en.ts';

describe('The label of a registration', () => {
  it.each(QUEUE_STATES)('in state %s has words', (state) => {
    expect(Object.keys(en)).toContain(labelOf(queueRow(itemOf(1, { state })), undefined).text);
  });

  it.each(TERMINAL_STATES)('says how it ended: %s', (state) => {
    const row = queueRow(itemOf(1, { state: 'TERMINAL', outcome: { state, code: 'ENR-OUT-001' } }));
    expect(labelOf(row, undefined)).toEqual({
      text: state,
      tone: state === 'COMPLETED' ? 'good' : 'bad',
      code: 'ENR-OUT-001',
    });
  });

  it.each([
    ['DRAFT', 'Draft', 'quiet'],
    ['AWAITING_APPROVAL', 'Waits for the supervisor', 'warn'],
    ['APPROVED', 'Approved, waiting to be sent', 'quiet'],
    ['REJECTED', 'Rejected by the supervisor', 'bad'],
    ['EXPECTED', 'Waiting to be sent', 'quiet'],
  ] as const)('in state %s says "%s"', (state, words, tone) => {
    const label = labelOf(queueRow(itemOf(1, { state })), undefined);
    expect([(en as Readonly<Record<string, string>>)[label.text], label.tone]).toEqual([words, tone]);
  });

  it('says of a removed packet that it is done, and how it ended when that was no good end', () => {
    const released = (state: 'COMPLETED' | 'REJECTED') =>
      labelOf(queueRow(itemOf(1, { state: 'RELEASED', outcome: { state, code: 'ENR-OUT-001' } })), undefined);
    expect(released('COMPLETED')).toEqual({ text: 'RELEASED', tone: 'good', code: 'ENR-OUT-001' });
    expect(released('REJECTED')).toMatchObject({ text: 'REJECTED', tone: 'bad' });
  });

  it('tells why the supervisor has refused', () => {
    const label = labelOf(queueRow(itemOf(1, { state: 'REJECTED', problem: 'ENR-APR-003' })), undefined);
    expect(label).toEqual({ text: 'rejectedHere', tone: 'bad', code: 'ENR-APR-003' });
  });

  it('says that the core waits for the desk when there is a task', () => {
    const task = taskRow(taskOf(1, 1_000, ['FACE']));
    const label = labelOf(queueRow(itemOf(1, { state: 'RECEIVED' })), task);
    expect(label).toEqual({ text: 'CORRECT', tone: 'warn', code: 'ENR-QUA-001' });
  });

  it('says why a packet was set aside', () => {
    const row = queueRow(itemOf(1, { state: 'SET_ASIDE', problem: 'ENR-STN-003' }));
    expect(labelOf(row, undefined)).toEqual({ text: 'SET_ASIDE', tone: 'warn', code: 'ENR-STN-003' });
  });
});

it('There is a number to show for a completed registration, and not for its correction', () => {
  const outcome = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;
  const completed = queueRow(itemOf(1, { state: 'TERMINAL', outcome }));
  const rejected = queueRow(itemOf(1, { state: 'TERMINAL', outcome: { state: 'REJECTED', code: 'ENR-DDP-001' } }));
  const correction = queueRow(itemOf(2, { state: 'TERMINAL', outcome, process: 'CORRECTION', corrects: '1' }));
  expect([completed, rejected, correction, queueRow(itemOf(3))].map(hasNumber)).toEqual([true, false, false, false]);
});
