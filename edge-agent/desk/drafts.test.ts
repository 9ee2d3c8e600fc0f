import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openPacket } from '@enroute/shared/packet/open.ts';
import { describe, expect, it } from 'vitest';
import { infant, openTestAgent } from '../agent/agent.fixture.ts';
import { announceSealed } from '../agent/announcer.ts';
import { discardDraft, readDraft, saveDraft } from './drafts.ts';

describe('a draft', () => {
  it('is kept without being finished, is read back as it was, and tells nothing to who has only the disk', async () => {
    const agent = await openTestAgent();
    const enrolment = infant({ consent: false, documents: [] });
    const rid = await saveDraft(agent.request({ enrolment }), agent.desk);
    expect(await agent.queue.get(rid)).toMatchObject({ state: 'DRAFT' });
    expect((await readDraft(rid, agent.operator, agent.desk)).enrolment).toMatchObject({
      identity: enrolment.identity,
      consent: false,
    });
    const bytes = await readFile(join(agent.desk.drafts.folder, `${rid}.enrs`), 'latin1');
    expect(bytes).not.toMatch(/Zawadi|Mbeki/);
  });

  it('is gone on with: what was kept last counts', async () => {
    const agent = await openTestAgent();
    const draft = await saveDraft(agent.request({ enrolment: infant({ languages: ['eng'] }) }), agent.desk);
    expect(await saveDraft(agent.request({ draft, enrolment: infant({ languages: ['fra'] }) }), agent.desk)).toBe(
      draft,
    );
    expect((await readDraft(draft, agent.operator, agent.desk)).enrolment.languages).toEqual(['fra']);
    expect(await agent.queue.list(10)).toHaveLength(1);
  });

  it('does not count as waiting and is never announced', async () => {
    const agent = await openTestAgent();
    await saveDraft(agent.request(), agent.desk);
    expect(await agent.queue.waiting()).toMatchObject({ packets: 0 });
    expect(await announceSealed(agent.queue, agent.database.current().outgoing)).toBe(0);
  });

  it('becomes the enrolment, with the same RID, sealed for the core; the draft is gone', async () => {
    const agent = await openTestAgent();
    const draft = await saveDraft(agent.request(), agent.desk);
    const saved = await agent.enrol({ draft });
    expect(saved.rid).toBe(draft);
    expect(await agent.queue.get(draft)).toMatchObject({
      state: 'SEALED',
      manifest: { packet: { digest: saved.digest } },
    });
    openPacket(await agent.files.read(draft, saved.digest), () => agent.core.sealing);
    expect(await agent.desk.drafts.rids()).toEqual([]);
    expect(await agent.queue.waiting()).toMatchObject({ packets: 1, bytes: saved.bytes });
    await expect(readDraft(draft, agent.operator, agent.desk)).rejects.toMatchObject({ code: 'ENR-STN-012' });
    await expect(saveDraft(agent.request({ draft }), agent.desk)).rejects.toMatchObject({ code: 'ENR-STN-012' });
  });

  it('never takes the place of what was sealed: a packet is not written over, however its RID is called', async () => {
    const agent = await openTestAgent();
    const sealed = await agent.enrol();
    await expect(agent.enrol({ draft: sealed.rid })).rejects.toMatchObject({ code: 'ENR-STN-012' });
    await expect(agent.enrol({ draft: '10001100770099920260301100000' })).rejects.toMatchObject({
      code: 'ENR-STN-008',
    });
    await agent.files.read(sealed.rid, sealed.digest);
  });

  it('that is completed twice at the same moment is completed once', async () => {
    const agent = await openTestAgent();
    const draft = await saveDraft(agent.request(), agent.desk);
    const both = await Promise.allSettled([agent.enrol({ draft }), agent.enrol({ draft })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const item = await agent.queue.get(draft);
    await agent.files.read(draft, item?.manifest.packet.digest ?? '');
    // The place is free again for another try after one that failed.
    const other = await saveDraft(agent.request(), agent.desk);
    await expect(agent.enrol({ draft: other, enrolment: infant({ consent: false }) })).rejects.toThrow();
    expect(await agent.enrol({ draft: other })).toMatchObject({ rid: other });
  });

  it('that is completed, kept again and thrown away at the same moment ends in one of these, whole', async () => {
    const agent = await openTestAgent();
    for (let round = 0; round < 5; round += 1) {
      const draft = await saveDraft(agent.request(), agent.desk);
      const all = await Promise.allSettled([
        agent.enrol({ draft }),
        saveDraft(agent.request({ draft, enrolment: infant({ languages: ['fra'] }) }), agent.desk),
        discardDraft(draft, agent.operator, agent.desk),
      ]);
      for (const one of all.filter(({ status }) => status === 'rejected')) {
        expect(one).toMatchObject({ reason: { code: expect.stringMatching(/^ENR-STN-0(08|12)$/) } });
      }
      const item = await agent.queue.get(draft);
      if (item?.state === 'SEALED') await agent.files.read(draft, item.manifest.packet.digest);
      else expect(item).toBeUndefined();
      expect(await agent.desk.drafts.has(draft)).toBe(false);
    }
  });

  it('is not kept where the disk has no room for it', async () => {
    const agent = await openTestAgent();
    agent.world.limits = { roomFor: 0, findings: [{ code: 'ENR-LIM-001', detail: 'room for 0', weight: 'refuse' }] };
    await expect(saveDraft(agent.request(), agent.desk)).rejects.toMatchObject({ code: 'ENR-LIM-001' });
    expect(await agent.desk.drafts.rids()).toEqual([]);
  });

  it('and an enrolment are for operators only', async () => {
    const agent = await openTestAgent();
    const operator = { ...agent.supervisor, roles: ['supervisor' as const] };
    const draft = await saveDraft(agent.request(), agent.desk);
    const refused = { code: 'ENR-STN-013' };
    await expect(agent.enrol({ operator })).rejects.toMatchObject(refused);
    await expect(saveDraft(agent.request({ operator }), agent.desk)).rejects.toMatchObject(refused);
    await expect(readDraft(draft, operator, agent.desk)).rejects.toMatchObject(refused);
    await expect(discardDraft(draft, operator, agent.desk)).rejects.toMatchObject(refused);
  });

  it('that is refused by the rules stays a draft', async () => {
    const agent = await openTestAgent();
    const draft = await saveDraft(agent.request(), agent.desk);
    const refused = agent.enrol({ draft, enrolment: infant({ consent: false }) });
    await expect(refused).rejects.toMatchObject({ code: 'ENR-VAL-001' });
    expect(await agent.queue.get(draft)).toMatchObject({ state: 'DRAFT' });
    await readDraft(draft, agent.operator, agent.desk);
  });

  it('is thrown away, row and file, and nothing else can be', async () => {
    const agent = await openTestAgent();
    const draft = await saveDraft(agent.request(), agent.desk);
    const { rid } = await agent.enrol();
    await discardDraft(draft, agent.operator, agent.desk);
    expect(await agent.queue.get(draft)).toBeUndefined();
    expect(await agent.desk.drafts.rids()).toEqual([]);
    await expect(discardDraft(draft, agent.operator, agent.desk)).rejects.toMatchObject({ code: 'ENR-STN-008' });
    await expect(discardDraft(rid, agent.operator, agent.desk)).rejects.toMatchObject({ code: 'ENR-STN-012' });
    await expect(agent.queue.erase(rid)).rejects.toMatchObject({ code: 'ENR-STN-012' });
    expect(await agent.queue.get(rid)).toMatchObject({ state: 'SEALED' });
  });
});
