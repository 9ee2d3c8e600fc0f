import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { CORE_KEYS_ID, signSuccession } from '@enroute/shared/schemas/key-rotation.ts';
import { type MasterDevicesBody, masterId, signMaster } from '@enroute/shared/schemas/master.ts';
import { receiptId } from '@enroute/shared/schemas/receipt.ts';
import { resultId, sealResult } from '@enroute/shared/schemas/result.ts';
import type { TakeStep } from '@enroute/sync/courier/steps.ts';
import { describe, expect, it, vi } from 'vitest';
import { followCoreKeys } from '../agent/core-keys.ts';
import { liveCore } from '../keys/live.ts';
import { NOW, STATION } from '../queue/queue.fixture.ts';
import { all, type Carried, openTestCourier, type TestCourier } from './courier.fixture.ts';
import { importBundles } from './import-bundles.ts';

function outcomes(steps: readonly TakeStep[]): string[] {
  return steps.flatMap((step) => {
    if (step.step === 'not-opened') return [step.problem.code];
    return step.step === 'entry' ? [`${step.result}${step.problem ? ` ${step.problem.code}` : ''}`] : [];
  });
}

function devices({ agent }: TestCourier, number: number): Carried {
  const at = NOW.toISOString();
  const body: MasterDevicesBody = { v: 1, station: STATION, number, at, kind: 'devices', blocked: [], calibrated: [] };
  return { id: masterId('devices'), body: signMaster(body, agent.core.signing) };
}

function resultOf({ agent }: TestCourier, rid: string, reader = agent.identity.sealing): Carried {
  const content = { rid, disclosure: 'full', uin: '1234567890' } as const;
  return { id: resultId(rid), body: sealResult(content, STATION, NOW, publicKeyOf(reader), agent.core.signing) };
}

describe('what the core has sent on a stick', () => {
  it('is applied as if it had come by the channel, whatever its order', async () => {
    const courier = await openTestCourier();
    const { rid } = await courier.agent.enrol();
    const [received, ended] = [await courier.receipt(rid, 'RECEIVED'), await courier.receipt(rid, 'OUTCOME')];
    const path = await courier.fromCore([ended, received, resultOf(courier, rid), devices(courier, 1)]);
    const steps = await courier.import(path);
    expect(outcomes(steps)).toEqual(['taken', 'taken', 'taken', 'taken']);
    await courier.inbox.catchUp();
    const item = await courier.agent.queue.get(rid);
    expect(item).toMatchObject({ state: 'TERMINAL', outcome: { code: 'ENR-OUT-001' } });
    expect(await courier.inbox.result(rid)).toMatchObject({ uin: '1234567890' });
    expect(await courier.inbox.outcomeReceipt(rid)).toEqual(ended.body);
    expect(outcomes(await courier.import(path))).toEqual(['known', 'known', 'known', 'known']);
  });

  it('leads on to the core’s new keys, and what lies behind them is believed by those', async () => {
    const courier = await openTestCourier();
    const { agent } = courier;
    const { rid } = await agent.enrol();
    const pairs = Array.from({ length: 2 }, () => ({ signing: newSigningKeyPair(), sealing: newSealingKeyPair() }));
    const [second, third] = pairs;
    if (!second || !third) throw new Error('no keys');
    const steps = [signSuccession(agent.core.signing, second, NOW), signSuccession(second.signing, third, NOW)];
    const told = (many: number): Carried => ({
      id: CORE_KEYS_ID,
      body: { v: 1, station: STATION, successions: steps.slice(0, many) },
    });
    const core = liveCore(agent.card);
    const { incoming } = agent.database.current();
    const source = { incoming, station: STATION, core, log: agent.log };
    const watch = await followCoreKeys({ ...source, keep: async () => undefined, onFollowed: async () => undefined });
    const { identity } = agent;
    const take = (path: string) =>
      all(importBundles([path], { incoming, identity, core: core.present, followKeys: watch.follow }));
    const receipt = await courier.receipt(rid, 'RECEIVED', {}, third.signing);
    const sender = { sender: third.signing, earlierSenders: [second.signing, agent.core.signing] };
    expect(outcomes(await take(await courier.fromCore([told(2), receipt], sender)))).toEqual(['taken', 'taken']);
    expect(core.present.sealingKey).toEqual(publicKeyOf(third.sealing));
    // An older bundle comes late.
    expect(outcomes(await take(await courier.fromCore([told(1)])))).toEqual(['known']);
    expect(core.present.signingKey).toEqual(publicKeyOf(third.signing));
    await watch.stop();
  });

  it('never takes the place of what is newer', async () => {
    const courier = await openTestCourier();
    const { rid } = await courier.agent.enrol();
    const incoming = courier.agent.database.current().incoming;
    const later = new Date(NOW.getTime() + 1_000).toISOString();
    const [old, young] = [
      await courier.receipt(rid, 'RECEIVED'),
      await courier.receipt(rid, 'RECEIVED', { at: later }),
    ];
    const former = await courier.fromCore([devices(courier, 4), old]);
    await courier.import(await courier.fromCore([devices(courier, 5), young]));
    expect(outcomes(await courier.import(former))).toEqual(['known', 'known']);
    const kept = await incoming.findByIds([masterId('devices'), receiptId(rid, 'RECEIVED')]).exec();
    expect(kept.get(masterId('devices'))?.toMutableJSON().body).toMatchObject({ number: 5 });
    expect(kept.get(receiptId(rid, 'RECEIVED'))?.toMutableJSON().body).toMatchObject({ at: later });
    expect(outcomes(await courier.import(await courier.fromCore([devices(courier, 6)])))).toEqual(['taken']);
  });

  it('does not take the place of what the channel brings at the same moment', async () => {
    const courier = await openTestCourier();
    const incoming = courier.agent.database.current().incoming;
    await courier.import(await courier.fromCore([devices(courier, 1)]));
    const path = await courier.fromCore([devices(courier, 2)]);
    const { id, body } = devices(courier, 3);
    const newest = { id, body: { ...body } };
    const findOne = incoming.findOne.bind(incoming);
    // Between the look and the write.
    vi.spyOn(incoming, 'findOne').mockImplementation((asked) => {
      const query = findOne(asked);
      const exec = query.exec.bind(query);
      const late = async () => {
        const found = await exec();
        await incoming.incrementalUpsert(newest);
        return found;
      };
      return Object.assign(query, { exec: late });
    });
    await courier.import(path);
    vi.restoreAllMocks();
    const kept = await incoming.findByIds([masterId('devices')]).exec();
    expect(kept.get(masterId('devices'))?.toMutableJSON().body).toMatchObject({ number: 3 });
  });

  it('is refused one by one where the core has not signed it, or not for this station', async () => {
    const courier = await openTestCourier();
    const { rid } = await courier.agent.enrol();
    const good = await courier.receipt(rid, 'RECEIVED');
    const documents: Carried[] = [
      await courier.receipt(rid, 'OUTCOME', {}, newSigningKeyPair()),
      await courier.receipt(rid, 'OUTCOME', { station: '1000110078' }),
      resultOf(courier, rid, newSealingKeyPair()),
      { id: `manifest:${rid}`, body: {} },
      { id: 'heartbeat', body: {} },
      good,
    ];
    const steps = await courier.import(await courier.fromCore(documents));
    const refusal = 'refused ENR-CRR-011';
    const notDown = 'refused ENR-CHN-002';
    expect(outcomes(steps)).toEqual([refusal, refusal, refusal, notDown, notDown, 'taken']);
    await courier.inbox.catchUp();
    expect(await courier.agent.queue.get(rid)).toMatchObject({ state: 'RECEIVED' });
  });

  it('and only a newer version can read is kept for it, as from the channel', async () => {
    const courier = await openTestCourier();
    const { rid } = await courier.agent.enrol();
    const future = { id: receiptId(rid, 'RECEIVED'), body: { v: 2, at: NOW.toISOString(), station: STATION } };
    expect(outcomes(await courier.import(await courier.fromCore([future])))).toEqual(['taken']);
    await courier.inbox.catchUp();
    expect(await courier.agent.queue.get(rid)).toMatchObject({ state: 'SEALED' });
    // The one that it can read, by whichever way, takes its place.
    const readable = await courier.receipt(rid, 'RECEIVED', { at: new Date(NOW.getTime() + 1).toISOString() });
    expect(outcomes(await courier.import(await courier.fromCore([readable])))).toEqual(['taken']);
  });

  it('for another station, by another core, or made by this station itself, is not opened', async () => {
    const courier = await openTestCourier();
    const { rid } = await courier.agent.enrol();
    const documents = [await courier.receipt(rid, 'RECEIVED')];
    const elsewhere = await courier.fromCore(documents, { reader: publicKeyOf(newSealingKeyPair()) });
    const misdirected = await courier.fromCore(documents, { station: '1000110078' });
    const forged = await courier.fromCore(documents, { sender: newSigningKeyPair() });
    const own = await courier.fromCore(documents, { direction: 'up', sender: courier.agent.identity.signing });
    const steps = await courier.import(elsewhere, misdirected, forged, own);
    expect(outcomes(steps)).toEqual(['ENR-CRR-003', 'ENR-CRR-005', 'ENR-CRR-005', 'ENR-CRR-005']);
    expect(await courier.agent.database.current().incoming.find().exec()).toEqual([]);
  });
});
