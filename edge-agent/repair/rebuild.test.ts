import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { describe, expect, it } from 'vitest';
import { approvalDemanded, openTestAgent, type TestAgent } from '../agent/agent.fixture.ts';
import { approve, reject } from '../desk/approve.ts';
import { saveDraft } from '../desk/drafts.ts';
import { sealForCore } from '../desk/seal-enrolment.ts';
import { NOW } from '../queue/queue.fixture.ts';
import { openQueue } from '../queue/queue.ts';
import { openTestDatabase } from '../queue/station-database.fixture.ts';
import { highestSequence, rebuildQueue } from './rebuild.ts';

/** The folders of this station, and a database that knows nothing. */
async function afterTheLoss(agent: TestAgent) {
  const queue = await openQueue((await openTestDatabase('9999999999')).current().queue, () => NOW);
  const { station, signing } = agent.identity;
  const rebuild = () => rebuildQueue({ ...agent.desk, queue, station, stationKeys: [publicKeyOf(signing)] });
  return { queue, rebuild };
}

describe('a queue that is made anew from the files', () => {
  it('holds every packet, draft and decision as before', async () => {
    const agent = await openTestAgent();
    const draft = await saveDraft(agent.request(), agent.desk);
    const sealed = await agent.enrol();
    agent.world.master = approvalDemanded();
    const [awaiting, approved, rejected] = [await agent.enrol(), await agent.enrol(), await agent.enrol()];
    await approve([approved.rid], agent.supervisor, agent.desk);
    await reject([rejected.rid], 'CONSENT', agent.supervisor, agent.desk);

    const { queue, rebuild } = await afterTheLoss(agent);
    expect(await rebuild()).toEqual({ packets: 5, damaged: [] });
    expect(await queue.get(draft)).toMatchObject({ state: 'DRAFT' });
    expect(await queue.get(sealed.rid)).toMatchObject({ state: 'SEALED' });
    expect(await queue.get(awaiting.rid)).toMatchObject({ state: 'AWAITING_APPROVAL' });
    for (const { rid } of [approved, rejected]) {
      const [before, after] = [await agent.queue.get(rid), await queue.get(rid)];
      expect(after).toMatchObject({ state: before?.state, manifest: before?.manifest });
      expect(after?.rejection).toEqual(before?.rejection);
    }
    expect(await rebuild()).toEqual({ packets: 0, damaged: [] });
  });

  it('names the files that are damaged too, believes none that the station has not signed, and takes the others', async () => {
    const agent = await openTestAgent();
    const [damaged, foreign, whole] = [await agent.enrol(), await agent.enrol(), await agent.enrol()];
    await writeFile(join(agent.files.folder, `${damaged.rid}.enrs`), 'nothing');
    const stranger = { ...agent.desk, identity: { ...agent.identity, signing: newSigningKeyPair() } };
    const stored = await sealForCore(foreign.rid, agent.request(), NOW, stranger);
    await agent.files.save(stored.manifest, stored.packet);

    const { queue, rebuild } = await afterTheLoss(agent);
    const rebuilt = await rebuild();
    expect(rebuilt.packets).toBe(1);
    expect([...rebuilt.damaged].sort()).toEqual([damaged.rid, foreign.rid].sort());
    expect((await queue.list(10)).map(({ rid }) => rid)).toEqual([whole.rid]);
  });

  it('shows a packet that is damaged too as set aside, and one whose decision is, and sends neither', async () => {
    const agent = await openTestAgent();
    agent.world.master = approvalDemanded();
    const [flipped, undecided] = [await agent.enrol(), await agent.enrol()];
    const path = join(agent.files.folder, `${flipped.rid}.enrs`);
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.byteLength - 5) ^ 1, bytes.byteLength - 5);
    await writeFile(path, bytes);
    await writeFile(join(agent.files.folder, `${undecided.rid}.decision.json`), '{"approved":{}}');
    const { queue, rebuild } = await afterTheLoss(agent);
    expect((await rebuild()).damaged).toEqual([flipped.rid, undecided.rid]);
    for (const { rid } of [flipped, undecided]) {
      expect(await queue.get(rid)).toMatchObject({ state: 'SET_ASIDE', problem: 'ENR-STN-003' });
    }
  });

  it('does not take what was left of a draft for the copy of a supervisor', async () => {
    const agent = await openTestAgent();
    const draft = await saveDraft(agent.request(), agent.desk);
    const left = await agent.desk.drafts.readStored(draft);
    await agent.enrol();
    await agent.enrol({ draft });
    await agent.desk.drafts.save(left.manifest, left.packet);
    const { queue, rebuild } = await afterTheLoss(agent);
    await rebuild();
    expect(await queue.get(draft)).toMatchObject({ state: 'SEALED' });
  });

  it("does not take another packet's approval for its own", async () => {
    const agent = await openTestAgent();
    agent.world.master = approvalDemanded();
    const [one, other] = [await agent.enrol(), await agent.enrol()];
    await approve([one.rid], agent.supervisor, agent.desk);
    const decision = await agent.files.readDecision(one.rid);
    if (!decision) throw new Error('no decision');
    await agent.files.saveDecision(other.rid, decision);
    const { queue, rebuild } = await afterTheLoss(agent);
    await rebuild();
    expect(await queue.get(one.rid)).toMatchObject({ state: 'APPROVED' });
    expect(await queue.get(other.rid)).toMatchObject({ state: 'SET_ASIDE' });
  });

  it('knows the highest sequence number that was given out', async () => {
    const agent = await openTestAgent();
    expect(await highestSequence(agent.desk)).toBe(0);
    const { rid } = await agent.enrol();
    await saveDraft(agent.request(), agent.desk);
    expect(await highestSequence(agent.desk)).toBe(2);
    await agent.desk.drafts.delete((await agent.desk.drafts.rids())[0] ?? rid);
    await agent.files.delete(rid);
    expect(await highestSequence(agent.desk)).toBe(2);
  });
});
