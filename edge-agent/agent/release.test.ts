import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { newSigningKeyPair } from '@enroute/shared/crypto/keys.ts';
import { type ReceiptBody, receiptId, signReceipt } from '@enroute/shared/schemas/receipt.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NOW } from '../queue/queue.fixture.ts';
import { openTestAgent, type TestAgent } from './agent.fixture.ts';
import { openInbox } from './inbox.ts';
import { type Released, type ReleaseSource, releaseEnded } from './release.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const OUTCOME = { state: 'COMPLETED', code: 'ENR-OUT-001' } as const;

interface Scene {
  readonly agent: TestAgent;
  release(afterDays: number, change?: Partial<ReleaseSource>): Promise<Released[]>;
}

async function scene(): Promise<Scene> {
  const agent = await openTestAgent();
  const inbox = openInbox(agent.database.current().incoming, agent.queue, agent.identity, agent.card, agent.log);
  onTestFinished(() => inbox.stop());
  return {
    agent,
    release: async (afterDays, change = {}) => {
      const now = (): Date => new Date(NOW.getTime() + afterDays * DAY_MS);
      const { queue, files } = agent;
      const released: Released[] = [];
      for await (const one of releaseEnded({ queue, files, inbox, retentionDays: 7, now, ...change }))
        released.push(one);
      return released;
    },
  };
}

/** A packet that has ended, as the row says; the receipt is what the core would have signed. */
async function ended({ agent }: Scene, change: Partial<ReceiptBody> = {}, key = agent.core.signing) {
  const saved = await agent.enrol();
  const { rid, digest } = saved;
  const common = { v: 1, rid, station: agent.identity.station, digest, at: NOW.toISOString(), epoch: 'first' } as const;
  const body = { ...common, kind: 'OUTCOME', outcome: OUTCOME.state, code: OUTCOME.code, ...change } as ReceiptBody;
  const receipt = signReceipt(body, key);
  await agent.database.current().incoming.insert({ id: receiptId(rid, 'OUTCOME'), body: { ...receipt } });
  await agent.queue.move(rid, 'TERMINAL', { outcome: OUTCOME });
  return { ...saved, path: join(agent.files.folder, `${rid}.enrs`) };
}

describe('the release of a packet', () => {
  it('deletes its bytes after the time to keep them, and keeps what became of it', async () => {
    const all = await scene();
    const { rid, bytes, path } = await ended(all);
    expect(await all.release(6.9)).toEqual([]);
    expect(existsSync(path)).toBe(true);
    expect(await all.release(7.1)).toEqual([{ rid, bytes }]);
    expect(existsSync(path)).toBe(false);
    expect(await all.agent.queue.get(rid)).toMatchObject({ state: 'RELEASED', outcome: OUTCOME });
    expect(await all.release(8)).toEqual([]);
  });

  it('never touches a packet that has not ended, however old it is', async () => {
    const all = await scene();
    const rids = [];
    for (const state of ['ANNOUNCED', 'RECEIVED', 'SET_ASIDE'] as const) {
      const { rid } = await all.agent.enrol();
      await all.agent.queue.move(rid, state, state === 'SET_ASIDE' ? { problem: 'ENR-MAN-001' } : {});
      rids.push(rid);
    }
    expect(await all.release(10_000)).toEqual([]);
    expect(await all.agent.files.rids()).toEqual(rids);
  });

  it.each([
    ['for other bytes', { digest: 'b'.repeat(64) }, undefined],
    ['for another station', { station: '1000110078' }, undefined],
    ['signed by someone else', {}, newSigningKeyPair()],
  ])('is refused on a receipt %s, whatever the row says, and others go', async (_what, change, key) => {
    const all = await scene();
    const kept = await ended(all, change, key ?? all.agent.core.signing);
    const goes = await ended(all);
    expect((await all.release(30)).map(({ rid }) => rid)).toEqual([goes.rid]);
    expect(existsSync(kept.path)).toBe(true);
    expect(await all.agent.queue.get(kept.rid)).toMatchObject({ state: 'TERMINAL' });
  });

  it('counts the time to keep from the later of what the core and what the station say', async () => {
    const all = await scene();
    const { path } = await ended(all, { at: new Date(NOW.getTime() + 20 * DAY_MS).toISOString() });
    expect(await all.release(26)).toEqual([]);
    expect(existsSync(path)).toBe(true);
    expect(await all.release(27.5)).toHaveLength(1);
  });

  it('goes on after a crash between note and deletion', async () => {
    const all = await scene();
    const { rid, path } = await ended(all);
    const crash = new Error('crash');
    const files = { ...all.agent.files, delete: () => Promise.reject(crash) };
    await expect(all.release(8, { files })).rejects.toBe(crash);
    expect(await all.agent.queue.get(rid)).toMatchObject({ state: 'RELEASED' });
    expect(existsSync(path)).toBe(true);
  });

  it('works through more than a page, past some that must stay', async () => {
    const all = await scene();
    for (let count = 0; count < 3; count += 1) await ended(all, { digest: 'b'.repeat(64) });
    const going = [];
    for (let count = 0; count < 5; count += 1) going.push((await ended(all)).rid);
    expect((await all.release(8)).map(({ rid }) => rid)).toEqual(going);
  });
});
