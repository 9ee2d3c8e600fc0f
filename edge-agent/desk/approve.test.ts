import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { isSignedBy } from '@enroute/shared/schemas/manifest.ts';
import { describe, expect, it } from 'vitest';
import { approvalDemanded, infant, openTestAgent, type TestAgent } from '../agent/agent.fixture.ts';
import { announceSealed } from '../agent/announcer.ts';
import { verifyRejection } from '../queue/rejection.ts';
import { approve, reject, review } from './approve.ts';

async function agentWithApproval(): Promise<TestAgent> {
  const agent = await openTestAgent();
  agent.world.master = approvalDemanded();
  return agent;
}

describe('an enrolment that needs approval', () => {
  it('waits for it, is not announced, and can be looked at by whoever decides', async () => {
    const agent = await agentWithApproval();
    const { rid } = await agent.enrol();
    expect(await agent.queue.get(rid)).toMatchObject({ state: 'AWAITING_APPROVAL' });
    expect(await announceSealed(agent.queue, agent.database.current().outgoing)).toBe(0);
    const { enrolment } = await review(rid, agent.supervisor, agent.desk);
    expect(enrolment.identity).toEqual(infant().identity);
    await expect(review(rid, agent.operator, agent.desk)).rejects.toMatchObject({ code: 'ENR-APR-002' });
  });

  it("goes on with the supervisor's signature on it, and the copy that was looked at is gone", async () => {
    const agent = await agentWithApproval();
    const { rid } = await agent.enrol();
    expect(await approve([rid], agent.supervisor, agent.desk)).toEqual([{ rid }]);
    const item = await agent.queue.get(rid);
    if (!item) throw new Error('no row');
    expect(item.state).toBe('APPROVED');
    expect(isSignedBy(item.manifest, 'supervisor', 'salim', publicKeyOf(agent.supervisor.key))).toBe(true);
    expect(isSignedBy(item.manifest, 'operator', 'amina', publicKeyOf(agent.operator.key))).toBe(true);
    expect(await agent.desk.drafts.rids()).toEqual([]);
    expect(await agent.files.readDecision(rid)).toEqual({ approved: item.manifest });
    expect(await announceSealed(agent.queue, agent.database.current().outgoing)).toBe(1);
  });

  it('that was rejected is never announced, keeps its bytes, and says who rejected it and why', async () => {
    const agent = await agentWithApproval();
    const { rid, digest } = await agent.enrol();
    expect(await reject([rid], 'DOCUMENTS', agent.supervisor, agent.desk)).toEqual([{ rid }]);
    const item = await agent.queue.get(rid);
    if (!item?.rejection) throw new Error('no rejection');
    expect(item).toMatchObject({ state: 'REJECTED', problem: 'ENR-APR-003', rejection: { by: 'salim' } });
    expect(verifyRejection(item.manifest, item.rejection, publicKeyOf(agent.supervisor.key))).toBe(true);
    expect(verifyRejection(item.manifest, { ...item.rejection, by: 'amina' }, publicKeyOf(agent.supervisor.key))).toBe(
      false,
    );
    expect(await announceSealed(agent.queue, agent.database.current().outgoing)).toBe(0);
    await agent.files.read(rid, digest);
    expect(await approve([rid], agent.supervisor, agent.desk)).toEqual([{ rid, code: 'ENR-STN-012' }]);
  });

  it('is decided on by nobody but a supervisor who did not capture it', async () => {
    const agent = await agentWithApproval();
    const { rid } = await agent.enrol();
    const own = await agent.enrol({ operator: agent.supervisor });
    expect(await approve([rid], agent.operator, agent.desk)).toEqual([{ rid, code: 'ENR-APR-002' }]);
    expect(await reject([own.rid], 'OTHER', agent.supervisor, agent.desk)).toEqual([
      { rid: own.rid, code: 'ENR-APR-001' },
    ]);
    for (const one of [rid, own.rid]) expect(await agent.queue.get(one)).toMatchObject({ state: 'AWAITING_APPROVAL' });
  });

  it('that the core asked approval for after it was sealed can be decided on, but not looked at', async () => {
    const agent = await openTestAgent();
    const { rid } = await agent.enrol();
    await agent.queue.move(rid, 'ANNOUNCED');
    await agent.queue.move(rid, 'AWAITING_APPROVAL', { problem: 'ENR-MAN-006' });
    await expect(review(rid, agent.supervisor, agent.desk)).rejects.toMatchObject({ code: 'ENR-APR-004' });
    expect(await approve([rid], agent.supervisor, agent.desk)).toEqual([{ rid }]);
    await expect(review(rid, agent.supervisor, agent.desk)).rejects.toMatchObject({ code: 'ENR-STN-012' });
  });

  it('is not decided on by someone whom the core admits as a supervisor no longer', async () => {
    const agent = await agentWithApproval();
    const { rid } = await agent.enrol();
    const person = { id: 'salim', roles: ['supervisor' as const], periods: [{ from: '2020-01-01T00:00:00.000Z' }] };
    const demanded = approvalDemanded();
    if (!demanded) throw new Error('no master data');
    agent.world.master = { ...demanded, people: [{ ...person, roles: ['operator'] }] };
    expect(await approve([rid], agent.supervisor, agent.desk)).toEqual([{ rid, code: 'ENR-CMD-004' }]);
    agent.world.master = { ...demanded, people: [person] };
    expect(await approve([rid], agent.supervisor, agent.desk)).toEqual([{ rid }]);
  });

  it('is decided on each by itself: one that can not be decided keeps none of the others back', async () => {
    const agent = await agentWithApproval();
    const first = await agent.enrol();
    const second = await agent.enrol();
    const unknown = '10001100770099920260301100000';
    expect(await approve([first.rid, unknown, second.rid, first.rid], agent.supervisor, agent.desk)).toEqual([
      { rid: first.rid },
      { rid: unknown, code: 'ENR-STN-008' },
      { rid: second.rid },
      { rid: first.rid, code: 'ENR-STN-012' },
    ]);
  });

  it('that two supervisors decide on at the same moment has one decision, in the queue and on the disk', async () => {
    const agent = await agentWithApproval();
    const other = { ...agent.supervisor, id: 'zainab' };
    for (let round = 0; round < 4; round += 1) {
      const { rid } = await agent.enrol();
      const [one, two] = await Promise.all([
        approve([rid], agent.supervisor, agent.desk),
        reject([rid], 'OTHER', other, agent.desk),
      ]);
      expect([...one, ...two].filter(({ code }) => code === undefined)).toHaveLength(1);
      const item = await agent.queue.get(rid);
      const decision = await agent.files.readDecision(rid);
      expect(decision).toHaveProperty(item?.state === 'APPROVED' ? 'approved' : 'rejected');
    }
  });

  it('that was set aside while it was decided on keeps no decision', async () => {
    const agent = await agentWithApproval();
    const { rid } = await agent.enrol();
    const saveDecision: typeof agent.files.saveDecision = async (...args) => {
      await agent.files.saveDecision(...args);
      await agent.queue.move(rid, 'SET_ASIDE', { problem: 'ENR-STN-003' });
    };
    const desk = { ...agent.desk, files: { ...agent.files, saveDecision } };
    expect(await approve([rid], agent.supervisor, desk)).toEqual([{ rid, code: 'ENR-STN-012' }]);
    expect(await agent.files.readDecision(rid)).toBeUndefined();
  });

  it('stays undecided when the disk does not take the decision', async () => {
    const agent = await agentWithApproval();
    const { rid } = await agent.enrol();
    agent.database.disk.full = true;
    expect(await approve([rid], agent.supervisor, agent.desk)).toEqual([{ rid, code: 'ENR-STN-001' }]);
    agent.database.disk.full = false;
    expect(await reject([rid], 'OTHER', agent.supervisor, agent.desk)).toEqual([{ rid }]);
    expect(await agent.files.readDecision(rid)).toHaveProperty('rejected');
  });

  it('for which there is no approval any more to wait for is still decided on', async () => {
    const agent = await agentWithApproval();
    const { rid } = await agent.enrol();
    agent.world.master = undefined;
    expect(await agent.enrol().then((saved) => agent.queue.get(saved.rid))).toMatchObject({ state: 'SEALED' });
    expect(await approve([rid], agent.supervisor, agent.desk)).toEqual([{ rid }]);
  });
});
