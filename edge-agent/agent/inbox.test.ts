import { newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { formatRid } from '@enroute/shared/rid/rid.ts';
import { type ReceiptBody, receiptId, signReceipt } from '@enroute/shared/schemas/receipt.ts';
import { resultId, sealResult } from '@enroute/shared/schemas/result.ts';
import { signTask, type TaskBody, taskId } from '@enroute/shared/schemas/task.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NOW } from '../queue/queue.fixture.ts';
import type { QueueState } from '../queue/states.ts';
import { openTestAgent, type TestAgent } from './agent.fixture.ts';
import { type Inbox, openInbox } from './inbox.ts';

interface Scene {
  readonly agent: TestAgent;
  readonly inbox: Inbox;
  readonly rid: string;
  readonly digest: string;
  /** Comes down the channel. */
  deliver(id: string, body: object): Promise<void>;
  /** Resolves when everything that came was dealt with. */
  settled(): Promise<void>;
  stateOf(rid?: string): Promise<QueueState | undefined>;
}

/** A station with one packet that the core has been told of. */
async function announced(): Promise<Scene> {
  const agent = await openTestAgent();
  const { rid, digest } = await agent.enrol();
  await agent.queue.move(rid, 'ANNOUNCED');
  const inbox = openInbox(agent.database.current().incoming, agent.queue, agent.identity, agent.card, agent.log);
  onTestFinished(() => inbox.stop());
  await inbox.catchUp();
  return {
    agent,
    inbox,
    rid,
    digest,
    deliver: async (id, body) => {
      await agent.database.current().incoming.upsert({ id, body: { ...body } });
    },
    settled: () => inbox.catchUp(),
    stateOf: async (one = rid) => (await agent.queue.get(one))?.state,
  };
}

function receipt(
  { agent, rid, digest }: Scene,
  kind: 'RECEIVED' | 'OUTCOME',
  change: Partial<ReceiptBody> = {},
  key = agent.core.signing,
) {
  const common = { v: 1, rid, station: agent.identity.station, digest, at: NOW.toISOString(), epoch: 'first' } as const;
  const body =
    kind === 'RECEIVED'
      ? { ...common, kind }
      : { ...common, kind, outcome: 'COMPLETED' as const, code: 'ENR-OUT-001' as const };
  return signReceipt({ ...body, ...change } as ReceiptBody, key);
}

const idOf = ({ rid }: Scene, kind: 'RECEIVED' | 'OUTCOME'): string => receiptId(rid, kind);

describe('a receipt of the core', () => {
  it('moves the packet that it is about', async () => {
    const scene = await announced();
    await scene.deliver(idOf(scene, 'RECEIVED'), receipt(scene, 'RECEIVED'));
    await scene.settled();
    expect(await scene.stateOf()).toBe('RECEIVED');
    await scene.deliver(idOf(scene, 'OUTCOME'), receipt(scene, 'OUTCOME'));
    await scene.settled();
    expect(await scene.agent.queue.get(scene.rid)).toMatchObject({
      state: 'TERMINAL',
      outcome: { state: 'COMPLETED', code: 'ENR-OUT-001' },
    });
  });

  it('of the end is not undone by one of the arrival that comes later', async () => {
    const scene = await announced();
    await scene.deliver(idOf(scene, 'OUTCOME'), receipt(scene, 'OUTCOME'));
    await scene.deliver(idOf(scene, 'RECEIVED'), receipt(scene, 'RECEIVED'));
    await scene.settled();
    expect(await scene.stateOf()).toBe('TERMINAL');
  });

  it('brings a packet back that was set aside', async () => {
    const scene = await announced();
    await scene.agent.queue.move(scene.rid, 'SET_ASIDE', { problem: 'ENR-STN-003' });
    await scene.deliver(idOf(scene, 'RECEIVED'), receipt(scene, 'RECEIVED'));
    await scene.settled();
    expect(await scene.stateOf()).toBe('RECEIVED');
  });

  it('is not believed when it is forged, for another packet, or for another station', async () => {
    const scene = await announced();
    const forgeries = [
      receipt(scene, 'OUTCOME', {}, newSigningKeyPair()),
      { ...receipt(scene, 'OUTCOME'), outcome: 'REJECTED' },
      receipt(scene, 'OUTCOME', { digest: 'b'.repeat(64) }),
      receipt(scene, 'OUTCOME', { station: '1000110078' }),
    ];
    for (const forged of forgeries) await scene.deliver(idOf(scene, 'OUTCOME'), forged);
    await scene.settled();
    expect(await scene.stateOf()).toBe('ANNOUNCED');
    const warnings = scene.agent.logs.filter(({ msg }) => msg === 'a receipt that is not to be believed');
    expect(warnings).toHaveLength(forgeries.length);
    await scene.deliver(idOf(scene, 'OUTCOME'), receipt(scene, 'OUTCOME'));
    await scene.settled();
    expect(await scene.stateOf()).toBe('TERMINAL');
  });

  it('for a packet that this station does not have is left alone', async () => {
    const scene = await announced();
    const rid = '10001100770000920260301100000';
    await scene.deliver(receiptId(rid, 'OUTCOME'), receipt(scene, 'OUTCOME', { rid }));
    await scene.settled();
    expect(await scene.agent.queue.list(10)).toHaveLength(1);
  });

  it('that came while nobody was looking is applied after a restart', async () => {
    const scene = await announced();
    await scene.inbox.stop();
    await scene.deliver(idOf(scene, 'RECEIVED'), receipt(scene, 'RECEIVED'));
    await scene.deliver(idOf(scene, 'OUTCOME'), receipt(scene, 'OUTCOME'));
    expect(await scene.stateOf()).toBe('ANNOUNCED');
    const { agent } = scene;
    const again = openInbox(agent.database.current().incoming, agent.queue, agent.identity, agent.card, agent.log);
    onTestFinished(() => again.stop());
    await again.catchUp();
    expect(await scene.stateOf()).toBe('TERMINAL');
  });

  it('that could not be noted on a full disk is not forgotten', async () => {
    const scene = await announced();
    const { disk } = scene.agent.database;
    await scene.inbox.catchUp();
    const body = receipt(scene, 'RECEIVED');
    const arriving = scene.deliver(idOf(scene, 'RECEIVED'), body);
    // The receipt itself is written while there is room, and what follows from it is not.
    const watching = scene.agent.database.current().incoming.$.subscribe(() => {
      disk.full = true;
    });
    await arriving;
    watching.unsubscribe();
    await expect(scene.inbox.catchUp()).rejects.toMatchObject({ code: 'ENR-STN-001' });
    expect(await scene.stateOf()).toBe('ANNOUNCED');
    disk.full = false;
    await scene.inbox.catchUp();
    expect(await scene.stateOf()).toBe('RECEIVED');
  });

  it('among documents that can not be read is applied all the same', async () => {
    const scene = await announced();
    await scene.inbox.stop();
    await scene.deliver(idOf(scene, 'RECEIVED'), { of: 'another version' });
    await scene.deliver(idOf(scene, 'OUTCOME'), receipt(scene, 'OUTCOME'));
    const { agent } = scene;
    const again = openInbox(agent.database.current().incoming, agent.queue, agent.identity, agent.card, agent.log);
    onTestFinished(() => again.stop());
    await again.catchUp();
    expect(await scene.stateOf()).toBe('TERMINAL');
  });
});

describe('a result of the core', () => {
  const content = (rid: string) => ({ rid, disclosure: 'full', uin: '2431792569' }) as const;

  it('is read when someone asks, by the station that it is sealed for', async () => {
    const scene = await announced();
    const { agent, rid } = scene;
    expect(await scene.inbox.result(rid)).toBeUndefined();
    const reader = publicKeyOf(agent.identity.sealing);
    await scene.deliver(
      resultId(rid),
      sealResult(content(rid), agent.identity.station, NOW, reader, agent.core.signing),
    );
    expect(await scene.inbox.result(rid)).toEqual(content(rid));
  });

  it('of another core is not shown', async () => {
    const scene = await announced();
    const { agent, rid } = scene;
    const reader = publicKeyOf(agent.identity.sealing);
    await scene.deliver(
      resultId(rid),
      sealResult(content(rid), agent.identity.station, NOW, reader, newSigningKeyPair()),
    );
    expect(await scene.inbox.result(rid)).toBeUndefined();
  });
});

describe('a task of the core', () => {
  const task = ({ agent, rid }: Scene, number: number, change: Partial<TaskBody> = {}): TaskBody => ({
    v: 1,
    rid,
    station: agent.identity.station,
    number,
    task: 'CAPTURE_AGAIN',
    code: 'ENR-QUA-001',
    positions: ['LEFT_INDEX'],
    at: NOW.toISOString(),
    dueBy: NOW.toISOString(),
    ...change,
  });

  it('is open until its registration has ended, and only when the core signed it', async () => {
    const scene = await announced();
    const { agent, rid } = scene;
    await scene.deliver(taskId(rid, 1), signTask(task(scene, 1), agent.core.signing));
    await scene.deliver(taskId(rid, 2), signTask(task(scene, 2), newSigningKeyPair()));
    expect(await scene.inbox.openTasks()).toEqual([signTask(task(scene, 1), agent.core.signing)]);
    await scene.deliver(idOf(scene, 'OUTCOME'), receipt(scene, 'OUTCOME'));
    await scene.settled();
    expect(await scene.stateOf()).toBe('TERMINAL');
    expect(await scene.inbox.openTasks()).toEqual([]);
  });

  it('is found behind any number of tasks of long ago', async () => {
    const scene = await announced();
    const { agent, rid } = scene;
    const old = Array.from({ length: 600 }, (_none, index) => {
      const longAgo = new Date(Date.UTC(2020, 0, 1) + index * 1000);
      const before = formatRid(agent.identity.station, 1, longAgo);
      return { id: taskId(before, 1), body: { ...signTask(task(scene, 1, { rid: before }), agent.core.signing) } };
    });
    await agent.database.current().incoming.bulkInsert(old);
    await scene.deliver(taskId(rid, 1), signTask(task(scene, 1), agent.core.signing));
    expect((await scene.inbox.openTasks()).map((one) => one.rid)).toEqual([rid]);
  });
});
