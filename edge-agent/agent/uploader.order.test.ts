import { setTimeout as sleep } from 'node:timers/promises';
import type { LinkPlan } from '@enroute/shared/schemas/link-plan.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import { LinkManager } from '@enroute/sync/link/link-manager.ts';
import { expect, it, onTestFinished, vi } from 'vitest';
import { isHeldUpOnTheWay } from '../queue/queue-item.ts';
import { infant, openTestAgent } from './agent.fixture.ts';
import { announceSealed, offerAgain } from './announcer.ts';
import { askAgain } from './ask-again.ts';
import { openFakeCore } from './fake-core.fixture.ts';
import { startUploader } from './uploader.ts';

async function openScene(plan: LinkPlan = {}, backOff = { baseMs: 5, capMs: 20 }) {
  const agent = await openTestAgent();
  const core = await openFakeCore();
  const { station, signing } = agent.identity;
  const client = new GatewayClient({ baseUrl: core.url, station, signingKey: signing, now: () => new Date() });
  let sentBytes = 0;
  const link = new LinkManager({
    backOff,
    deniedMs: 20,
    plan: () => plan,
    sent: {
      bytes: () => sentBytes,
      add: (bytes) => {
        sentBytes += bytes;
      },
    },
    addresses: () => '',
    now: () => new Date(),
    random: Math.random,
    onChange: () => undefined,
    onContact: () => undefined,
  });
  const expectOne = async (rid: string): Promise<void> => {
    await announceSealed(agent.queue, agent.database.current().outgoing);
    await agent.queue.move(rid, 'EXPECTED');
  };
  const start = () => {
    const uploader = startUploader({
      queue: agent.queue,
      files: agent.files,
      client,
      link,
      stallMs: 5_000,
      passOver: { baseMs: 200, capMs: 400 },
      onProgress: () => undefined,
      log: agent.log,
    });
    onTestFinished(async () => {
      await uploader.stop();
      link.stop();
      await client.close();
    });
    return uploader;
  };
  const enrol = async (change: Parameters<typeof agent.enrol>[0] = {}): Promise<string> => {
    const { rid } = await agent.enrol(change);
    await expectOne(rid);
    return rid;
  };
  const stateOf = async (rid: string) => (await agent.queue.get(rid))?.state;
  const patches = (): string[] => core.asked.filter(({ method }) => method === 'PATCH').map(({ rid }) => rid);
  return { agent, core, link, start, enrol, stateOf, patches, sentBytes: () => sentBytes };
}

const waitFor = (check: () => Promise<void> | void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

it('A long upload makes room for an urgent packet, and is gone on with later', async () => {
  const { core, start, enrol, stateOf, patches, link } = await openScene({ bytesPerSecond: 300 });
  const long = await enrol();
  const uploader = start();
  await waitFor(() => expect(patches()).toEqual([long]));
  // As measured while it moved: a minute and more is left of it.
  link.acknowledged(1);
  await sleep(20);
  link.acknowledged(5);
  const urgent = await enrol({ priority: 'urgent' });
  uploader.wake();
  const asked = (): string[] => core.asked.map(({ method, rid }) => `${method} ${rid === urgent ? 'urgent' : 'long'}`);
  await waitFor(() => expect(asked()).toEqual(['POST long', 'PATCH long', 'POST urgent']));
  expect(await stateOf(long)).toBe('UPLOADING');
});

it('An upload that is soon through is not interrupted, whatever else waits', async () => {
  const { start, enrol, stateOf, patches } = await openScene();
  const first = await enrol();
  const uploader = start();
  await waitFor(() => expect(patches()).toEqual([first]));
  const urgent = await enrol({ priority: 'urgent' });
  uploader.wake();
  await waitFor(async () => expect(await stateOf(urgent)).toBe('SENT'));
  expect(patches()).toEqual([first, urgent]);
});

it('Corrections go as urgent packets do, whatever the desk has said', async () => {
  const { agent } = await openScene();
  const corrects = (await agent.enrol()).rid;
  agent.world.tasks.add(corrects);
  const { rid } = await agent.enrol({ process: 'CORRECTION', corrects, enrolment: infant() });
  expect((await agent.queue.get(rid))?.manifest.priority).toBe('urgent');
});

it('A part that arrives damaged is sent again at once, and a packet of which every part does is passed over', async () => {
  const { core, start, enrol, stateOf, agent, patches } = await openScene();
  const spoilt = await enrol({ priority: 'urgent' });
  const other = await enrol();
  let damaged = 12;
  core.decide = ({ rid, method }) => {
    if (rid !== spoilt || method !== 'PATCH') return 'take';
    damaged -= 1;
    return damaged >= 0 ? 'ENR-UPL-006' : 'take';
  };
  start();
  await waitFor(async () => expect(await stateOf(spoilt)).toBe('SENT'));
  expect(await stateOf(other)).toBe('SENT');
  expect(patches().slice(0, 10)).toEqual([...Array<string>(9).fill(spoilt), other]);
  expect(agent.logs.filter(({ msg }) => msg === 'packet passed over')).toHaveLength(1);
});

it('A packet of which parts arrive damaged without end is set aside, and the others go meanwhile', async () => {
  const { agent, core, start, enrol, stateOf, patches } = await openScene();
  const changed = await enrol({ priority: 'urgent' });
  const other = await enrol();
  core.decide = ({ rid, method }) => (rid === changed && method === 'PATCH' ? 'ENR-UPL-006' : 'take');
  start();
  await waitFor(async () => expect(await stateOf(changed)).toBe('SET_ASIDE'));
  expect(await agent.queue.get(changed)).toMatchObject({ problem: 'ENR-LNK-007' });
  expect(patches().slice(0, 10)).toEqual([...Array<string>(9).fill(changed), other]);
  expect(patches()).toHaveLength(28);
});

it('A packet that something on the way finds too large is set aside after three tries, and the others go', async () => {
  const { agent, core, start, enrol, stateOf, patches } = await openScene();
  const large = await enrol({ priority: 'urgent' });
  const other = await enrol();
  core.decide = ({ rid, method }) => (rid === large && method === 'PATCH' ? 'too large' : 'take');
  const uploader = start();
  await waitFor(async () => expect(await stateOf(other)).toBe('SENT'));
  expect(await agent.queue.get(large)).toMatchObject({ state: 'SET_ASIDE', problem: 'ENR-LNK-006' });
  expect(patches()).toEqual([large, large, large, other]);
  // When the agent starts it is offered again, and the core still wants it.
  const { outgoing } = agent.database.current();
  expect(await offerAgain(agent.queue, outgoing)).toBe(0);
  expect(await offerAgain(agent.queue, outgoing, isHeldUpOnTheWay)).toBe(1);
  core.decide = () => 'take';
  await agent.queue.move(large, 'EXPECTED');
  uploader.wake();
  await waitFor(async () => expect(await stateOf(large)).toBe('SENT'));
});

it.each(['cut', 'ENR-WEB-002'] as const)(
  'A packet that ends with %s each time does not hold up the rest',
  async (fate) => {
    const { agent, core, start, enrol, stateOf, patches } = await openScene();
    const stuck = await enrol({ priority: 'urgent' });
    const others = [await enrol(), await enrol()];
    let isMended = false;
    core.decide = ({ rid, method }) => (rid === stuck && method === 'PATCH' && !isMended ? fate : 'take');
    start();
    await waitFor(async () => {
      for (const rid of others) expect(await stateOf(rid)).toBe('SENT');
    });
    expect(patches().slice(0, 4)).toEqual([stuck, stuck, stuck, expect.not.stringMatching(stuck)]);
    expect(await stateOf(stuck)).toBe('UPLOADING');
    isMended = true;
    await waitFor(async () => expect(await stateOf(stuck)).toBe('SENT'));
    expect(agent.logs.some(({ msg }) => msg === 'packet set aside')).toBe(false);
  },
);

it('A packet that the core is not ready for keeps no other waiting', async () => {
  const { core, start, enrol, stateOf, patches } = await openScene({}, { baseMs: 60_000, capMs: 60_000 });
  const early = await enrol({ priority: 'urgent' });
  const others = [await enrol(), await enrol(), await enrol()];
  core.decide = ({ rid }) => (rid === early ? 'ENR-UPL-001' : 'take');
  start();
  await waitFor(async () => {
    for (const rid of others) expect(await stateOf(rid)).toBe('SENT');
  });
  expect(patches()).not.toContain(early);
});

it('A core that takes no more now is left alone as long as it asks, and every packet is kept', async () => {
  const { core, start, enrol, stateOf, link } = await openScene();
  const rid = await enrol();
  let full = true;
  core.headers = { 'Retry-After': '1' };
  core.decide = () => (full ? 'ENR-UPL-007' : 'take');
  start();
  await waitFor(() => expect(link.status.state).toBe('paused'));
  const asked = core.asked.length;
  await sleep(300);
  expect(core.asked).toHaveLength(asked);
  full = false;
  await waitFor(async () => expect(await stateOf(rid)).toBe('SENT'));
});

it('When the core’s credits are spent, the next packet waits until it may be asked for more', async () => {
  const { core, start, enrol, stateOf, link } = await openScene();
  const [first, second] = [await enrol({ priority: 'urgent' }), await enrol()];
  core.headers = { 'Enroute-Credits': '0' };
  start();
  await waitFor(async () => expect(await stateOf(first)).toBe('SENT'));
  await waitFor(() => expect(link.status).toMatchObject({ state: 'paused', code: 'ENR-LNK-004' }));
  expect(core.asked.filter(({ rid }) => rid === second)).toEqual([]);
});

it('When the day’s budget ends in the middle of an upload, it stops there', async () => {
  const { start, enrol, stateOf, link, sentBytes } = await openScene({ dailyBytes: 8_000 });
  const rid = await enrol();
  start();
  await waitFor(() => expect(link.status).toMatchObject({ state: 'metered', code: 'ENR-LNK-003' }));
  expect(await stateOf(rid)).toBe('UPLOADING');
  expect(sentBytes()).toBeLessThan(25_000);
});

it('A packet of which no receipt has come for an hour is asked for again, and the core says that it has it', async () => {
  const { agent, core, start, enrol, stateOf } = await openScene();
  const rid = await enrol();
  const uploader = start();
  await waitFor(async () => expect(await stateOf(rid)).toBe('SENT'));
  const sentAt = Date.parse((await agent.queue.get(rid))?.changedAt ?? '');
  expect(await askAgain(agent.queue, new Date(sentAt + 59 * 60_000))).toBe(0);
  core.decide = () => 'ENR-UPL-005';
  expect(await askAgain(agent.queue, new Date(sentAt + 61 * 60_000))).toBe(1);
  const before = core.asked.length;
  uploader.wake();
  await waitFor(async () => expect(await stateOf(rid)).toBe('SENT'));
  expect(core.asked.slice(before).map(({ method }) => method)).toEqual(['POST']);
});
