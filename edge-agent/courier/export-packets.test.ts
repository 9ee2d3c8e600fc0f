import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { frameOffset } from '@enroute/shared/courier/frames.ts';
import { describe, expect, it } from 'vitest';
import { approvalDemanded } from '../agent/agent.fixture.ts';
import { STATION } from '../queue/queue.fixture.ts';
import { openTestCourier } from './courier.fixture.ts';

describe('what waits for the core', () => {
  it('goes onto the stick, oldest first, and goes on waiting here', async () => {
    const courier = await openTestCourier();
    const { queue } = courier.agent;
    const rids: string[] = [];
    for (let n = 0; n < 4; n += 1) rids.push((await courier.agent.enrol()).rid);
    const [, announced, uploading, sent] = rids;
    await queue.move(announced ?? '', 'ANNOUNCED');
    for (const state of ['EXPECTED', 'UPLOADING'] as const) await queue.move(uploading ?? '', state);
    for (const state of ['EXPECTED', 'SENT'] as const) await queue.move(sent ?? '', state);
    const before = await queue.list(10);
    const steps = await courier.export();
    expect(await courier.arriving()).toEqual(rids);
    expect(steps.at(-1)).toMatchObject({ step: 'written', files: 1, entries: 4, noRoom: 0 });
    expect(await queue.list(10)).toEqual(before);
    await courier.export();
    expect(await courier.arriving()).toEqual([...rids, ...rids]);
  });

  it('leaves out what is not free to go, and what the core has', async () => {
    const courier = await openTestCourier();
    const { agent } = courier;
    const received = await agent.enrol();
    await agent.queue.move(received.rid, 'RECEIVED');
    const aside = await agent.enrol();
    await agent.queue.move(aside.rid, 'SET_ASIDE', { problem: 'ENR-MAN-003' });
    agent.world.master = approvalDemanded();
    await agent.enrol();
    const refused = await agent.enrol();
    await agent.queue.move(refused.rid, 'REJECTED');
    const approved = await agent.enrol();
    await agent.queue.move(approved.rid, 'APPROVED');
    await courier.export();
    expect(await courier.arriving()).toEqual([approved.rid]);
  });

  it('goes also when the link does not let it through', async () => {
    const courier = await openTestCourier();
    const { rid } = await courier.agent.enrol();
    await courier.agent.queue.move(rid, 'SET_ASIDE', { problem: 'ENR-LNK-006' });
    await courier.export();
    expect(await courier.arriving()).toEqual([rid]);
  });

  it('that is damaged is told and keeps no other back', async () => {
    const courier = await openTestCourier();
    const [bad, good] = [await courier.agent.enrol(), await courier.agent.enrol()];
    await rm(join(courier.agent.files.folder, `${bad.rid}.enrs`));
    const steps = await courier.export();
    expect(steps[0]).toMatchObject({ step: 'left-out', id: bad.rid, problem: { code: 'ENR-STN-003' } });
    expect(await courier.arriving()).toEqual([good.rid]);
  });

  it('tells whoever finds the stick nothing of the station, its people and its packets', async () => {
    const courier = await openTestCourier();
    const { rid, digest } = await courier.agent.enrol();
    await courier.export();
    const names = await readdir(courier.stick);
    expect(names).toHaveLength(1);
    const bytes = await readFile(join(courier.stick, names[0] ?? ''));
    const told = [rid, STATION, digest, 'amina', 'Zawadi', 'Mbeki', 'manifest', courier.agent.identity.signing.keyId];
    for (const text of told) expect(bytes.includes(text), text).toBe(false);
    for (const text of [rid, STATION, STATION.slice(0, 5)]) expect(names[0]).not.toContain(text);
  });

  it('is as much as there may be: the oldest that fit', async () => {
    const courier = await openTestCourier();
    const rids: string[] = [];
    for (let n = 0; n < 4; n += 1) rids.push((await courier.agent.enrol()).rid);
    const written = (await courier.export({ maxBytes: frameOffset(2) })).at(-1);
    expect(written).toMatchObject({ entries: 2, noRoom: 2, bytes: frameOffset(2) });
    expect(await courier.arriving()).toEqual(rids.slice(0, 2));
  });

  it('is nothing, and no file, when nothing waits', async () => {
    const courier = await openTestCourier();
    expect(await courier.export()).toMatchObject([{ step: 'written', files: 0, entries: 0 }]);
    expect(await readdir(courier.stick)).toEqual([]);
  });
});
