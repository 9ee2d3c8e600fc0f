import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import { LinkManager, type LinkManagerOptions } from '@enroute/sync/link/link-manager.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EnrolRequest } from '../desk/enrol.ts';
import type { Queue } from '../queue/queue.ts';
import type { QueueState } from '../queue/states.ts';
import { openTestAgent, type TestAgent } from './agent.fixture.ts';
import { announceSealed } from './announcer.ts';
import { type FakeCore, openFakeCore } from './fake-core.fixture.ts';
import { startUploader, type Uploader, type UploaderOptions, type UploadProgress } from './uploader.ts';

interface Scene {
  readonly agent: TestAgent;
  readonly core: FakeCore;
  readonly link: LinkManager;
  /** The states that the link came into. */
  readonly states: string[];
  readonly progress: UploadProgress[];
  /** RIDs of the packets in the order in which they were saved; all are announced. */
  readonly rids: readonly string[];
  start(change?: Partial<UploaderOptions>): Uploader;
  stateOf(rid: string | undefined): Promise<QueueState | undefined>;
}

/** Announces what is sealed, and the core takes note. */
async function announceAll({ queue, database }: TestAgent): Promise<void> {
  await announceSealed(queue, database.current().outgoing);
  for (const { rid } of await queue.inState(['ANNOUNCED'], 100)) await queue.move(rid, 'EXPECTED');
}

function announced(...requests: Partial<EnrolRequest>[]): Promise<Scene> {
  return announcedOver({}, ...requests);
}

/** @param change of the link */
async function announcedOver(
  change: Partial<LinkManagerOptions>,
  ...requests: Partial<EnrolRequest>[]
): Promise<Scene> {
  const agent = await openTestAgent();
  const core = await openFakeCore();
  const rids: string[] = [];
  for (const request of requests) rids.push((await agent.enrol(request)).rid);
  await announceAll(agent);
  const states: string[] = [];
  const link = new LinkManager({
    backOff: { baseMs: 5, capMs: 20 },
    deniedMs: 20,
    plan: () => ({}),
    sent: { bytes: () => 0, add: () => undefined },
    addresses: () => '',
    now: () => new Date(),
    random: Math.random,
    onChange: ({ state }) => states.push(state),
    onContact: () => undefined,
    ...change,
  });
  const progress: UploadProgress[] = [];
  const client = new GatewayClient({
    baseUrl: core.url,
    station: agent.identity.station,
    signingKey: agent.identity.signing,
    now: () => new Date(),
  });
  onTestFinished(async () => {
    link.stop();
    await client.close();
  });
  return {
    agent,
    core,
    link,
    states,
    progress,
    rids,
    start: (change = {}) => {
      const uploader = startUploader({
        queue: agent.queue,
        files: agent.files,
        client,
        link,
        stallMs: 5_000,
        passOver: { baseMs: 200, capMs: 400 },
        onProgress: (one) => progress.push(one),
        log: agent.log,
        ...change,
      });
      onTestFinished(() => uploader.stop());
      return uploader;
    },
    stateOf: async (rid = '') => (await agent.queue.get(rid))?.state,
  };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const patience = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > patience) throw new Error('Waited 10 s, in vain.');
    await sleep(5);
  }
}

const allSent = async ({ agent }: Scene): Promise<boolean> =>
  agent.queue.total(['SENT']).packets === (await agent.queue.list(100)).length;
const order = ({ core }: Scene): string[] =>
  core.asked.filter(({ method }) => method === 'PATCH').map(({ rid }) => rid);

describe('the uploader', () => {
  it('brings packets up one after the other, urgent before normal and then the smallest first', async () => {
    const scene = await announced({}, {}, { priority: 'urgent' }, {});
    const [a, b, urgent, d] = scene.rids;
    const bytesOf = new Map((await scene.agent.queue.list(10)).map((item) => [item.rid, item.manifest.packet.bytes]));
    const bySize = [a, b, d].sort((one = '', other = '') => (bytesOf.get(one) ?? 0) - (bytesOf.get(other) ?? 0));
    scene.start();
    await until(() => allSent(scene));
    expect(order(scene)).toEqual([urgent, ...bySize]);
    for (const rid of scene.rids) {
      const item = await scene.agent.queue.get(rid);
      expect(scene.core.bytes.get(rid)?.byteLength).toBe(item?.manifest.packet.bytes);
    }
    expect(scene.states).toEqual(['online']);
  });

  it('begins when it is called, and sleeps while there is nothing', async () => {
    const scene = await announced();
    const uploader = scene.start();
    await sleep(30);
    expect(scene.core.asked).toEqual([]);
    await scene.agent.enrol();
    await announceAll(scene.agent);
    uploader.wake();
    await until(() => allSent(scene));
    expect(scene.core.asked.map(({ method }) => method)).toEqual(['POST', 'PATCH']);
  });

  it('sets a packet aside that the core refuses for good, says why, and goes on with the others', async () => {
    const scene = await announced({}, {}, {});
    const [first, bad, last] = scene.rids;
    scene.core.decide = ({ rid, method }) => (rid === bad && method === 'PATCH' ? 'ENR-PKT-010' : 'take');
    scene.start();
    await until(async () => (await scene.stateOf(last)) === 'SENT');
    expect(await scene.stateOf(first)).toBe('SENT');
    expect(await scene.agent.queue.get(bad ?? '')).toMatchObject({ state: 'SET_ASIDE', problem: 'ENR-PKT-010' });
    expect(scene.agent.logs).toContainEqual(
      expect.objectContaining({ rid: bad, code: 'ENR-PKT-010', msg: 'packet set aside' }),
    );
  });

  it('sets a packet aside that is damaged on the disk, and goes on with the others', async () => {
    const scene = await announced({}, {});
    const [damaged, other] = scene.rids;
    await writeFile(join(scene.agent.files.folder, `${damaged}.enrs`), 'rot');
    scene.start();
    await until(async () => (await scene.stateOf(other)) === 'SENT');
    expect(await scene.agent.queue.get(damaged ?? '')).toMatchObject({ state: 'SET_ASIDE', problem: 'ENR-STN-003' });
    expect(scene.core.asked.filter(({ rid }) => rid === damaged)).toEqual([]);
  });

  it('tries a packet three times whose bytes arrive spoilt, then sets it aside; others do not wait for it', async () => {
    const scene = await announced({ priority: 'urgent' }, {});
    const [spoilt, other] = scene.rids;
    scene.core.decide = ({ rid, method }) => (rid === spoilt && method === 'PATCH' ? 'ENR-UPL-003' : 'take');
    scene.start();
    await until(async () => (await scene.stateOf(spoilt)) === 'SET_ASIDE');
    expect(await scene.agent.queue.get(spoilt ?? '')).toMatchObject({ problem: 'ENR-UPL-003' });
    expect(order(scene).filter((rid) => rid === spoilt)).toHaveLength(3);
    expect(order(scene).slice(0, 2)).toEqual([spoilt, other]);
  });

  it('passes over a packet that the core is not ready for, until the others had their turn', async () => {
    const scene = await announced({}, {}, {});
    const [early, second, third] = scene.rids;
    let ready = false;
    scene.core.decide = ({ rid }) => (rid === early && !ready ? 'ENR-UPL-001' : 'take');
    scene.start();
    await until(async () => (await scene.stateOf(third)) === 'SENT');
    expect(await scene.stateOf(second)).toBe('SENT');
    expect(await scene.stateOf(early)).toBe('UPLOADING');
    ready = true;
    await until(async () => (await scene.stateOf(early)) === 'SENT');
    expect(scene.agent.logs.some(({ msg }) => msg === 'packet set aside')).toBe(false);
  });

  it('takes a packet for sent that the core has already', async () => {
    const scene = await announced({});
    scene.core.decide = () => 'ENR-UPL-005';
    scene.start();
    await until(async () => (await scene.stateOf(scene.rids[0])) === 'SENT');
    expect(order(scene)).toEqual([]);
  });

  it.each(['ENR-AUT-005', 'ENR-WEB-002', 'ENR-WEB-001'] as const)(
    'waits and sets nothing aside when the core says %s to everyone',
    async (code) => {
      const scene = await announced({}, {});
      let refusing = true;
      scene.core.decide = () => (refusing ? code : 'take');
      scene.start();
      await until(() => scene.core.asked.length > 6);
      expect(scene.agent.queue.total(['SET_ASIDE']).packets).toBe(0);
      // The second packet was not even tried: it would have fared no better.
      if (code === 'ENR-AUT-005') expect(new Set(scene.core.asked.map(({ rid }) => rid)).size).toBe(1);
      expect(scene.states).toEqual([code === 'ENR-AUT-005' ? 'blocked' : 'online']);
      refusing = false;
      await until(() => allSent(scene));
      expect(scene.states.at(-1)).toBe('online');
    },
  );

  it('waits for a link that fails, and goes on where the core has got to', async () => {
    const scene = await announced({});
    const [rid = ''] = scene.rids;
    let cuts = 3;
    scene.core.decide = ({ method }) => {
      if (method !== 'PATCH' || cuts === 0) return 'take';
      cuts -= 1;
      scene.core.bytes.set(rid, Buffer.alloc(1000 * (3 - cuts)));
      return 'cut';
    };
    scene.start();
    await until(() => allSent(scene));
    expect(scene.states.at(-1)).toBe('online');
    expect(scene.progress.at(-1)?.resumedFrom).toBe(3000);
    expect(scene.core.asked.map(({ method }) => method)).toEqual([
      'POST',
      'PATCH',
      'HEAD',
      'PATCH',
      'HEAD',
      'PATCH',
      'HEAD',
      'PATCH',
    ]);
  });

  it('gives up a connection on which nothing moves', async () => {
    const scene = await announced({});
    let dead = true;
    scene.core.decide = () => (dead ? 'hang' : 'take');
    scene.start({ stallMs: 60 });
    await until(() => scene.states.includes('offline'));
    dead = false;
    await until(() => allSent(scene));
    expect(scene.states.at(-1)).toBe('online');
  });

  it('sets nothing aside because its own disk was full for a moment, and goes on when there is room', async () => {
    const scene = await announced({}, {});
    const { queue } = scene.agent;
    let failures = 3;
    const move: Queue['move'] = async (rid, state, change) => {
      failures -= 1;
      if (failures >= 0) throw new EnrouteError('ENR-STN-001');
      return queue.move(rid, state, change);
    };
    scene.start({ queue: { ...queue, move } });
    await until(() => allSent(scene));
    expect(failures).toBeLessThan(0);
    expect(queue.total(['SET_ASIDE']).packets).toBe(0);
  });

  it('asks the core nothing while its own disk is full', async () => {
    const scene = await announced({});
    scene.agent.database.disk.full = true;
    scene.start();
    await until(() => scene.agent.logs.filter(({ code }) => code === 'ENR-STN-001').length > 2);
    expect(scene.core.asked).toEqual([]);
    scene.agent.database.disk.full = false;
    await until(() => allSent(scene));
  });

  it('does not send a packet again whose arrival it could not note', async () => {
    const scene = await announced({});
    const [rid = ''] = scene.rids;
    const { disk } = scene.agent.database;
    scene.core.decide = ({ method }) => {
      // Full from the moment at which the bytes arrive; after that, the core has the packet.
      if (method === 'PATCH') disk.full = true;
      return order(scene).length > 1 || (method !== 'PATCH' && order(scene).length > 0) ? 'ENR-UPL-005' : 'take';
    };
    scene.start();
    await until(() => scene.agent.logs.some(({ code }) => code === 'ENR-STN-001'));
    disk.full = false;
    await until(async () => (await scene.stateOf(rid)) === 'SENT');
    expect(order(scene)).toEqual([rid]);
  });

  it('stops within a second in the middle of an upload, and goes on with it after a restart', async () => {
    const scene = await announced({});
    const [rid = ''] = scene.rids;
    scene.core.decide = ({ method }) => (method === 'PATCH' ? 'hang' : 'take');
    const uploader = scene.start();
    await until(() => order(scene).length === 1);
    const begun = performance.now();
    await uploader.stop();
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(await scene.stateOf(rid)).toBe('UPLOADING');
    scene.core.bytes.set(rid, Buffer.alloc(500));
    scene.core.decide = () => 'take';
    scene.start();
    await until(() => allSent(scene));
    expect(scene.progress.at(-1)?.resumedFrom).toBe(500);
  });

  it('stops at once while it waits for the link, and asks nothing afterwards', async () => {
    const scene = await announced({});
    scene.core.decide = () => 'cut';
    const uploader = scene.start();
    await until(() => scene.core.asked.length > 0);
    scene.link.pause();
    await uploader.stop();
    const asked = scene.core.asked.length;
    scene.link.resume();
    uploader.wake();
    await sleep(50);
    expect(scene.core.asked).toHaveLength(asked);
  });
});
