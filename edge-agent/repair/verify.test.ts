import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { describe, expect, it } from 'vitest';
import { approvalDemanded, openTestAgent, type TestAgent } from '../agent/agent.fixture.ts';
import { approve } from '../desk/approve.ts';
import { saveDraft } from '../desk/drafts.ts';
import { type Verdict, verifyPackets } from './verify.ts';

async function verdicts(agent: TestAgent, rid?: string, key = agent.identity.signing): Promise<Verdict[]> {
  const source = { ...agent.desk, station: agent.identity.station, stationKeys: [publicKeyOf(key)] };
  const all: Verdict[] = [];
  for await (const verdict of verifyPackets(source, rid)) all.push(verdict);
  return all;
}

const pathOf = (agent: TestAgent, rid: string): string => join(agent.files.folder, `${rid}.enrs`);

describe('looking at what lies on the disk', () => {
  it('finds nothing wrong with what is whole, drafts included', async () => {
    const agent = await openTestAgent();
    const { rid } = await agent.enrol();
    const draft = await saveDraft(agent.request(), agent.desk);
    expect(await verdicts(agent)).toEqual([
      { rid, state: 'SEALED' },
      { rid: draft, state: 'DRAFT' },
    ]);
  });

  it('names what is damaged, sets it aside, and goes on with the others', async () => {
    const agent = await openTestAgent();
    const [first, second, third] = [await agent.enrol(), await agent.enrol(), await agent.enrol()];
    const bytes = await readFile(pathOf(agent, second.rid));
    bytes.writeUInt8(bytes.readUInt8(bytes.byteLength - 1) ^ 1, bytes.byteLength - 1);
    await writeFile(pathOf(agent, second.rid), bytes);
    expect(await verdicts(agent)).toMatchObject([
      { rid: first.rid, state: 'SEALED' },
      { rid: second.rid, state: 'SEALED', damage: { code: 'ENR-STN-003', detail: 'packet' } },
      { rid: third.rid, state: 'SEALED' },
    ]);
    expect(await agent.queue.get(second.rid)).toMatchObject({ state: 'SET_ASIDE', problem: 'ENR-STN-003' });
    expect(await agent.queue.get(third.rid)).toMatchObject({ state: 'SEALED' });
  });

  it('misses a file that is gone, unless it was released', async () => {
    const agent = await openTestAgent();
    const { rid } = await agent.enrol();
    const released = await agent.enrol();
    await agent.queue.move(released.rid, 'TERMINAL', { outcome: { state: 'COMPLETED', code: 'ENR-OUT-001' } });
    await agent.queue.move(released.rid, 'RELEASED');
    for (const one of [rid, released.rid]) await rm(pathOf(agent, one));
    expect(await verdicts(agent)).toEqual([
      { rid, state: 'SEALED', damage: { code: 'ENR-STN-003', detail: `${rid}: ENOENT` } },
      { rid: released.rid, state: 'RELEASED' },
    ]);
  });

  it('lets a packet go on whose file was brought back', async () => {
    const agent = await openTestAgent();
    const { rid } = await agent.enrol();
    const bytes = await readFile(pathOf(agent, rid));
    await rm(pathOf(agent, rid));
    expect(await verdicts(agent)).toMatchObject([{ damage: { code: 'ENR-STN-003' } }]);
    expect(await agent.queue.get(rid)).toMatchObject({ state: 'SET_ASIDE' });
    await writeFile(pathOf(agent, rid), bytes);
    expect(await verdicts(agent)).toEqual([{ rid, state: 'SET_ASIDE' }]);
    expect(await agent.queue.get(rid)).toMatchObject({ state: 'SEALED' });
  });

  it('does not take a file that can not be read now for a damaged one', async () => {
    const agent = await openTestAgent();
    const { rid } = await agent.enrol();
    await rename(pathOf(agent, rid), `${pathOf(agent, rid)}.away`);
    await mkdir(pathOf(agent, rid));
    expect(await verdicts(agent)).toMatchObject([{ rid, damage: { code: 'ENR-STN-006' } }]);
    expect(await agent.queue.get(rid)).toMatchObject({ state: 'SEALED' });
  });

  it('does not judge a packet by what it was before it moved on', async () => {
    const agent = await openTestAgent();
    const draft = await saveDraft(agent.request(), agent.desk);
    const queue: typeof agent.queue = {
      ...agent.queue,
      get: async (rid) => {
        const item = await agent.queue.get(rid);
        // While the draft is looked at, it is completed.
        if (item?.state === 'DRAFT') await agent.enrol({ draft });
        return item;
      },
    };
    const source = { ...agent.desk, queue, station: agent.identity.station };
    const all: Verdict[] = [];
    for await (const one of verifyPackets({ ...source, stationKeys: [publicKeyOf(agent.identity.signing)] }))
      all.push(one);
    expect(all).toEqual([{ rid: draft, state: 'SEALED' }]);
    expect(await agent.queue.get(draft)).toMatchObject({ state: 'SEALED' });
  });

  it('notices a decision on the disk that is another than the one in the queue', async () => {
    const agent = await openTestAgent();
    agent.world.master = approvalDemanded();
    const { rid } = await agent.enrol();
    await approve([rid], agent.supervisor, agent.desk);
    expect(await verdicts(agent)).toEqual([{ rid, state: 'APPROVED' }]);
    const path = join(agent.files.folder, `${rid}.decision.json`);
    const text = await readFile(path, 'utf8');
    const value = /"role":"supervisor"[^}]*"value":"(.)/.exec(text)?.[1] ?? '';
    await writeFile(path, text.replace(/("role":"supervisor"[^}]*"value":")./, `$1${value === 'A' ? 'B' : 'A'}`));
    expect(await verdicts(agent)).toMatchObject([{ rid, damage: { code: 'ENR-STN-003' } }]);
  });

  it('does not believe a manifest that the station has not signed', async () => {
    const agent = await openTestAgent();
    const { rid } = await agent.enrol();
    const [verdict] = await verdicts(agent, rid, newSigningKeyPair());
    expect(verdict).toMatchObject({ damage: { code: 'ENR-STN-003', detail: `${rid}: signature` } });
  });

  it('notices when the packet is another than the one that the row tells of', async () => {
    const agent = await openTestAgent();
    const { rid } = await agent.enrol();
    const other = await agent.enrol();
    await agent.queue.move(rid, 'ANNOUNCED', { manifest: (await agent.queue.get(other.rid))?.manifest ?? fail() });
    expect(await verdicts(agent, rid)).toMatchObject([{ rid, damage: { code: 'ENR-STN-003' } }]);
  });

  it('of one that is not here is refused', async () => {
    const agent = await openTestAgent();
    await expect(verdicts(agent, '10001100770099920260301100000')).rejects.toMatchObject({ code: 'ENR-STN-008' });
  });
});

function fail(): never {
  throw new Error('no row');
}
