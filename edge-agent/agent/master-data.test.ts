import { newSigningKeyPair } from '@enroute/shared/crypto/keys.ts';
import { type MasterStationBody, masterId, signMaster } from '@enroute/shared/schemas/master.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NOW } from '../queue/queue.fixture.ts';
import { openTestAgent, type TestAgent } from './agent.fixture.ts';
import { type MasterDataWatch, watchMasterData } from './master-data.ts';

const bodyOf = (agent: TestAgent, number: number, change: Partial<MasterStationBody> = {}): MasterStationBody => ({
  v: 1,
  kind: 'station',
  station: agent.identity.station,
  number,
  at: NOW.toISOString(),
  approval: true,
  limits: {},
  ...change,
});

async function deliver(agent: TestAgent, body: MasterStationBody, key = agent.core.signing): Promise<void> {
  await agent.database.current().incoming.upsert({ id: masterId('station'), body: { ...signMaster(body, key) } });
}

async function watch(agent: TestAgent): Promise<MasterDataWatch> {
  const { incoming, master } = agent.database.current();
  const { identity, card, log } = agent;
  const watching = await watchMasterData({ incoming, master, station: identity.station, core: card, log });
  onTestFinished(() => watching.stop());
  return watching;
}

describe("the core's word on the world around the desk", () => {
  it('is nothing until the core has said something, and then at once what it said last', async () => {
    const agent = await openTestAgent();
    const watching = await watch(agent);
    expect(watching.current).toBeUndefined();
    await deliver(agent, bodyOf(agent, 1));
    expect(watching.current).toMatchObject({ approval: true });
    await deliver(agent, bodyOf(agent, 2, { approval: false, retentionDays: 30 }));
    expect(watching.current).toMatchObject({ approval: false, retentionDays: 30 });
  });

  it('is never replaced by an older word, not even after a restart', async () => {
    const agent = await openTestAgent();
    const watching = await watch(agent);
    await deliver(agent, bodyOf(agent, 5));
    await deliver(agent, bodyOf(agent, 4, { approval: false }));
    expect(watching.current).toMatchObject({ approval: true });
    await watching.stop();
    expect((await watch(agent)).current).toMatchObject({ approval: true });
  });

  it.each([
    ['that someone else has signed', {}, newSigningKeyPair()],
    ['for another station', { station: '1000110078' }, undefined],
  ])('is not believed %s', async (_what, change, key) => {
    const agent = await openTestAgent();
    const watching = await watch(agent);
    await deliver(agent, bodyOf(agent, 1, change), key ?? agent.core.signing);
    await watching.stop();
    expect(watching.current).toBeUndefined();
    expect(agent.logs.map(({ msg }) => msg)).toContain('master data that is not to be believed');
  });

  it('that this version can not read changes nothing', async () => {
    const agent = await openTestAgent();
    const watching = await watch(agent);
    await deliver(agent, bodyOf(agent, 1));
    await agent.database.current().incoming.upsert({ id: masterId('station'), body: { v: 2, news: true } });
    await watching.stop();
    expect(watching.current).toMatchObject({ approval: true });
  });
});
