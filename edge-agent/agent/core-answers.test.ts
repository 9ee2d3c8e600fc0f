import { type ReceiptBody, receiptId, signReceipt } from '@enroute/shared/schemas/receipt.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NOW } from '../queue/queue.fixture.ts';
import type { QueueState } from '../queue/states.ts';
import { openTestAgent } from './agent.fixture.ts';
import { offerToEpoch } from './announcer.ts';
import { noteAccepted, noteRefused } from './core-answers.ts';
import { openInbox } from './inbox.ts';
import { releaseEnded } from './release.ts';

const WAY: readonly QueueState[] = ['ANNOUNCED', 'EXPECTED', 'UPLOADING', 'SENT', 'RECEIVED', 'TERMINAL'];

/** A packet in that state; `isAsked`: a core of the epoch "second" was asked about it. */
async function scene(state: QueueState, isAsked: boolean) {
  const agent = await openTestAgent();
  const { queue, files } = agent;
  const { outgoing, incoming } = agent.database.current();
  const inbox = openInbox(incoming, queue, agent.identity, agent.card, agent.log);
  onTestFinished(() => inbox.stop());
  await inbox.catchUp();
  const { rid, digest } = await agent.enrol();
  const way = state === 'SET_ASIDE' ? ['ANNOUNCED' as const] : WAY.slice(0, WAY.indexOf(state) + 1);
  for (const next of way) await queue.move(rid, next);
  if (state === 'SET_ASIDE') await queue.move(rid, 'SET_ASIDE', { problem: 'ENR-MAN-003' });
  if (isAsked) await offerToEpoch('second', queue, outgoing);
  return {
    agent,
    rid,
    stateNow: async () => (await queue.get(rid))?.state,
    answer: (wanted: boolean, ended = false) => noteAccepted({ rid, wanted, ended }, queue, inbox),
    refuse: (code: 'ENR-MAN-003' | 'ENR-MAN-006') => noteRefused(rid, code, queue),
    receipt: async (kind: ReceiptBody['kind'], epoch: string) => {
      const common = { v: 1, rid, station: agent.identity.station, digest, at: NOW.toISOString(), epoch } as const;
      const body: ReceiptBody =
        kind === 'RECEIVED' ? { ...common, kind } : { ...common, kind, outcome: 'COMPLETED', code: 'ENR-OUT-001' };
      await incoming.upsert({ id: receiptId(rid, kind), body: { ...signReceipt(body, agent.core.signing) } });
      await inbox.catchUp();
    },
    release: async () => {
      const now = (): Date => new Date(NOW.getTime() + 30 * 86_400_000);
      let released = 0;
      for await (const _ of releaseEnded({ queue, files, inbox, retentionDays: 7, now })) released += 1;
      return released;
    },
  };
}

describe('a core that takes a manifest', () => {
  it.each([
    ['ANNOUNCED', true, 'EXPECTED'],
    ['ANNOUNCED', false, 'SENT'],
    ['EXPECTED', true, 'EXPECTED'],
    ['EXPECTED', false, 'SENT'],
    ['UPLOADING', true, 'UPLOADING'],
    ['UPLOADING', false, 'SENT'],
    ['SENT', true, 'EXPECTED'],
    ['SENT', false, 'SENT'],
    ['SET_ASIDE', true, 'EXPECTED'],
    ['SET_ASIDE', false, 'SENT'],
    // Whoever was not asked about a packet again does not take it back.
    ['RECEIVED', true, 'RECEIVED'],
    ['RECEIVED', false, 'RECEIVED'],
    ['TERMINAL', true, 'TERMINAL'],
    ['TERMINAL', false, 'TERMINAL'],
  ] as const)('of a packet that is %s, and lacks its bytes (%s), makes it %s', async (state, wanted, becomes) => {
    const one = await scene(state, false);
    await one.answer(wanted);
    expect(await one.stateNow()).toBe(becomes);
  });
});

describe('a restored core that was asked about a packet', () => {
  it.each(['SENT', 'RECEIVED', 'TERMINAL'] as const)('and lacks it is sent it again when it was %s', async (state) => {
    const one = await scene(state, true);
    expect(await one.answer(true)).toBe(true);
    expect(await one.stateNow()).toBe('EXPECTED');
  });

  it('and lacks it does not lose it by a receipt that was given before', async () => {
    const one = await scene('TERMINAL', true);
    await one.receipt('OUTCOME', 'first');
    expect(await one.release()).toBe(0);
    await one.answer(true);
    await one.receipt('OUTCOME', 'first');
    expect(await one.stateNow()).toBe('EXPECTED');
    await one.receipt('RECEIVED', 'second');
    expect(await one.stateNow()).toBe('RECEIVED');
    await one.receipt('OUTCOME', 'second');
    expect(await one.stateNow()).toBe('TERMINAL');
    expect(await one.release()).toBe(1);
  });

  it('and has not answered keeps the bytes here', async () => {
    const one = await scene('TERMINAL', true);
    await one.receipt('OUTCOME', 'first');
    expect(await one.release()).toBe(0);
    expect(await one.stateNow()).toBe('TERMINAL');
  });

  it('and knows how it ended lets it go on the receipt that was given before', async () => {
    const one = await scene('TERMINAL', true);
    await one.receipt('OUTCOME', 'first');
    await one.answer(false, true);
    expect(await one.stateNow()).toBe('TERMINAL');
    expect(await one.release()).toBe(1);
  });

  it('and knows how it ended brings it to its end, if the receipt came while it did not count', async () => {
    const one = await scene('SENT', true);
    await one.receipt('OUTCOME', 'first');
    expect(await one.stateNow()).toBe('SENT');
    await one.answer(false, true);
    expect(await one.stateNow()).toBe('TERMINAL');
  });

  it('and has it, but not its end, has to end it anew', async () => {
    const one = await scene('TERMINAL', true);
    await one.receipt('OUTCOME', 'first');
    await one.answer(false, false);
    expect(await one.stateNow()).toBe('SENT');
    expect(await one.release()).toBe(0);
    await one.receipt('OUTCOME', 'second');
    expect(await one.stateNow()).toBe('TERMINAL');
  });

  it('and does not take it any more has it set aside, with the reason, to be offered again', async () => {
    const one = await scene('TERMINAL', true);
    expect(await one.refuse('ENR-MAN-003')).toBe('SET_ASIDE');
    expect(await one.agent.queue.get(one.rid)).toMatchObject({ state: 'SET_ASIDE', problem: 'ENR-MAN-003' });
    expect(await one.answer(true)).toBe(true);
    expect(await one.stateNow()).toBe('EXPECTED');
  });
});

describe('a refusal', () => {
  it('about the approval sends a packet to the supervisor', async () => {
    const one = await scene('ANNOUNCED', false);
    expect(await one.refuse('ENR-MAN-006')).toBe('AWAITING_APPROVAL');
  });

  it('that is older than what has happened since does nothing', async () => {
    const one = await scene('RECEIVED', false);
    expect(await one.refuse('ENR-MAN-006')).toBeUndefined();
    expect(await one.stateNow()).toBe('RECEIVED');
  });
});
