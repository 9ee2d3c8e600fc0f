import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { approvalDemanded, infant, openTestAgent } from '../agent/agent.fixture.ts';
import { saveDraft } from '../desk/drafts.ts';
import { sealForCore } from '../desk/seal-enrolment.ts';
import { tidyFiles } from './tidy.ts';

describe('putting in order what a crash left', () => {
  it('keeps every packet that has a row, and puts apart a whole one of which nobody was told', async () => {
    const agent = await openTestAgent();
    const saved = await agent.enrol();
    const unsaid = '10001100770099920260301100000';
    const { manifest, packet } = await sealForCore(unsaid, agent.request(), agent.desk.now(), agent.desk);
    await agent.files.save(manifest, packet);
    await tidyFiles(agent.desk);
    expect(await agent.files.rids()).toEqual([saved.rid]);
    expect(existsSync(join(agent.files.folder, 'orphans', `${unsaid}.enrs`))).toBe(true);
  });

  it('leaves a damaged packet that has no row where it is, and names it', async () => {
    const agent = await openTestAgent();
    const { rid } = await agent.enrol();
    const unknown = '10001100770099920260301100000';
    await writeFile(join(agent.files.folder, `${unknown}.enrs`), 'what is left of a packet');
    expect(await tidyFiles(agent.desk)).toEqual([unknown]);
    expect(await agent.files.rids()).toEqual([rid, unknown].sort());
  });

  it('makes no folder when there is nothing to put apart', async () => {
    const agent = await openTestAgent();
    await agent.enrol();
    await tidyFiles(agent.desk);
    expect(existsSync(join(agent.files.folder, 'orphans'))).toBe(false);
  });

  it('deletes the bytes of what was released, should they still be there', async () => {
    const agent = await openTestAgent();
    const { rid } = await agent.enrol();
    await agent.queue.move(rid, 'TERMINAL', { outcome: { state: 'COMPLETED', code: 'ENR-OUT-001' } });
    await agent.queue.move(rid, 'RELEASED');
    await tidyFiles(agent.desk);
    expect(await agent.files.rids()).toEqual([]);
    expect(await agent.queue.get(rid)).toMatchObject({ state: 'RELEASED' });
  });

  it('keeps drafts and what the supervisor still has to look at, and deletes copies that nobody needs', async () => {
    const agent = await openTestAgent();
    agent.world.master = approvalDemanded();
    const draft = await saveDraft(agent.request(), agent.desk);
    const awaiting = await agent.enrol();
    const decided = await agent.enrol({ enrolment: infant({ documents: infant().documents }) });
    const copy = await agent.desk.drafts.readStored(decided.rid);
    await agent.queue.move(decided.rid, 'APPROVED');
    await agent.desk.drafts.save(copy.manifest, copy.packet);
    await tidyFiles(agent.desk);
    expect(await agent.desk.drafts.rids()).toEqual([draft, awaiting.rid].sort());
  });

  it('puts apart, and does not lose, a draft whose row is gone', async () => {
    const agent = await openTestAgent();
    const rid = await saveDraft(agent.request(), agent.desk);
    await agent.queue.erase(rid);
    await tidyFiles(agent.desk);
    expect(await agent.desk.drafts.rids()).toEqual([]);
    expect(existsSync(join(agent.desk.drafts.folder, 'orphans', `${rid}.enrs`))).toBe(true);
  });
});
