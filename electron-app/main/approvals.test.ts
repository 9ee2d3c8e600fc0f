/** Looking and deciding over a real desk: its queue, its sealed files, its people with their passwords. */
import { approvalDemanded, openTestAgent, type TestAgent } from '@enroute/edge-agent/agent/agent.fixture.ts';
import * as desk from '@enroute/edge-agent/desk/approve.ts';
import { saveDraft } from '@enroute/edge-agent/desk/drafts.ts';
import { createPerson, type PersonSession, signIn } from '@enroute/edge-agent/keys/people.ts';
import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { isSignedBy } from '@enroute/shared/schemas/manifest.ts';
import type { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ApprovalDesk, approve, listAwaiting, reject, review } from './approvals.ts';
import { refusalOf } from './refusal.ts';

const PASSWORD = 'a password for tests';
const BY_SUPERVISOR = { person: 'salim', password: PASSWORD };
const BY_OPERATOR = { person: 'amina', password: PASSWORD };

let agent: TestAgent;
let station: ApprovalDesk;
let supervisor: PersonSession;
let operator: PersonSession;

beforeEach(async () => {
  agent = await openTestAgent();
  agent.world.master = approvalDemanded();
  const { folder } = agent.database;
  supervisor = await createPerson(folder, BY_SUPERVISOR.person, ['operator', 'supervisor'], PASSWORD, QUICK_COST);
  operator = await createPerson(folder, BY_OPERATOR.person, ['operator'], PASSWORD, QUICK_COST);
  station = {
    signIn: (person, password) => signIn(folder, person, password, agent.desk.now),
    queue: (limit, state) => agent.queue.list(limit, state),
    review: (rid, by) => desk.review(rid, by, agent.desk),
    approve: (rids, by) => desk.approve(rids, by, agent.desk),
    reject: (rids, reason, by) => desk.reject(rids, reason, by, agent.desk),
  };
});

describe('A supervisor', () => {
  it('looks into an enrolment and approves it; the manifest bears their signature', async () => {
    const { rid } = await agent.enrol({ operator });
    expect(await listAwaiting(station)).toMatchObject([{ rid, operator: 'amina', process: 'NEW' }]);

    const [reviewed] = await review(station, [rid], BY_SUPERVISOR);
    expect(reviewed).toMatchObject({
      rid,
      enrolment: {
        ok: true,
        value: { consent: true, documents: [{ name: 'proofOfRelationship' }], captures: [{ position: 'FACE' }] },
      },
    });
    expect(await approve(station, [rid], BY_SUPERVISOR)).toEqual([{ rid }]);
    const item = await agent.queue.get(rid);
    if (!item) throw new Error('no row');
    expect(item.state).toBe('APPROVED');
    expect(isSignedBy(item.manifest, 'supervisor', 'salim', publicKeyOf(supervisor.key))).toBe(true);
    expect(await listAwaiting(station)).toEqual([]);
  });

  it('rejects with a reason, and is told of each what became of it', async () => {
    const { rid } = await agent.enrol({ operator });
    const own = await agent.enrol({ operator: supervisor });
    expect(await reject(station, [rid, own.rid], 'DOCUMENTS', BY_SUPERVISOR)).toEqual([
      { rid },
      { rid: own.rid, code: 'ENR-APR-001' },
    ]);
    expect(await agent.queue.get(rid)).toMatchObject({
      state: 'REJECTED',
      rejection: { by: 'salim', reason: 'DOCUMENTS' },
    });
    expect(await listAwaiting(station)).toMatchObject([{ rid: own.rid }]);
  });

  it('does not see drafts, nor what has been decided, and sees the others all the same', async () => {
    const draft = await saveDraft(agent.request({ operator }), agent.desk);
    const { rid } = await agent.enrol({ operator });
    const decided = await agent.enrol({ operator });
    await approve(station, [decided.rid], BY_SUPERVISOR);
    const reviewed = await review(station, [draft, decided.rid, rid], BY_SUPERVISOR);
    const refused = { ok: false, code: 'ENR-STN-012' };
    expect(reviewed).toMatchObject([{ enrolment: refused }, { enrolment: refused }, { enrolment: { ok: true } }]);
  });
});

describe('Whoever is no supervisor', () => {
  it('sees nothing and decides nothing, with the right password or without', async () => {
    const { rid } = await agent.enrol({ operator });
    const opened: string[] = [];
    const watched: ApprovalDesk = {
      ...station,
      review: (of, by) => {
        opened.push(of);
        return station.review(of, by);
      },
    };
    await expect(review(watched, [rid], BY_OPERATOR)).rejects.toMatchObject({ code: 'ENR-APR-002' });
    await expect(approve(watched, [rid], BY_OPERATOR)).rejects.toMatchObject({ code: 'ENR-APR-002' });
    const guess = { ...BY_SUPERVISOR, password: 'a guess at the password' };
    await expect(review(watched, [rid], guess)).rejects.toMatchObject({ code: 'ENR-STN-005' });
    await expect(reject(watched, [rid], 'OTHER', guess)).rejects.toMatchObject({ code: 'ENR-STN-005' });
    expect(opened).toEqual([]);
    expect(await agent.queue.get(rid)).toMatchObject({ state: 'AWAITING_APPROVAL' });
  });

  it('is locked out after five wrong passwords, and told until when', async () => {
    const guess = { ...BY_SUPERVISOR, password: 'a guess at the password' };
    const refusals: EnrouteError[] = [];
    for (let tries = 0; tries < 6; tries += 1) {
      await review(station, [], guess).catch((error: EnrouteError) => refusals.push(error));
    }
    const wrong = { ok: false, code: 'ENR-STN-005' };
    const until = new Date(agent.desk.now().getTime() + 60_000).toISOString();
    const locked = { ok: false, code: 'ENR-STN-007', until };
    expect(refusals.map(refusalOf)).toEqual([wrong, wrong, wrong, wrong, wrong, locked]);
  });
});
