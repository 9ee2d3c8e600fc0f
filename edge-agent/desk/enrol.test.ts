import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import { openPacket } from '@enroute/shared/packet/open.ts';
import { isSignedBy } from '@enroute/shared/schemas/manifest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { describe, expect, it } from 'vitest';
import { approvalDemanded, infant, openTestAgent, type TestAgent } from '../agent/agent.fixture.ts';
import { enrol } from './enrol.ts';

async function expectNothingSaved({ files, queue }: TestAgent): Promise<void> {
  expect(await readdir(files.folder)).toEqual([]);
  expect(await queue.list(10)).toEqual([]);
}

describe('an enrolment', () => {
  it('that was saved lies sealed on the disk, and its row tells of it without telling who it is', async () => {
    const agent = await openTestAgent();
    const saved = await agent.enrol();
    const item = await agent.queue.get(saved.rid);
    expect(item).toMatchObject({ state: 'SEALED', manifest: { packet: { digest: saved.digest, bytes: saved.bytes } } });
    const bytes = await agent.files.read(saved.rid, saved.digest);
    const opened = openPacket(bytes, () => agent.core.sealing);
    expect(opened.header).toMatchObject({ rid: saved.rid, process: 'NEW' });
    for (const text of [JSON.stringify(item), Buffer.from(bytes).toString('latin1')])
      expect(text).not.toMatch(/Zawadi|Mbeki/);
  });

  it('is signed by the station and by the operator', async () => {
    const agent = await openTestAgent();
    const { rid } = await agent.enrol();
    const manifest = (await agent.queue.get(rid))?.manifest;
    if (!manifest) throw new Error('no row');
    expect(isSignedBy(manifest, 'station', agent.identity.station, publicKeyOf(agent.identity.signing))).toBe(true);
    expect(isSignedBy(manifest, 'operator', 'amina', publicKeyOf(agent.operator.key))).toBe(true);
  });

  it.each([
    ['without consent', 'ENR-VAL-001', { consent: false }],
    [
      'without a name',
      'ENR-VAL-002',
      { identity: { dateOfBirth: '2024/01/01', gender: 'F', introducerRID: '10001100770000120250301100000' } },
    ],
    ['without the document', 'ENR-VAL-003', { documents: [] }],
    ['without the biometrics', 'ENR-VAL-004', { biometrics: [] }],
    ['born tomorrow', 'ENR-VAL-005', { identity: { ...infant().identity, dateOfBirth: '2026/03/02' } }],
  ] as const)('%s is not saved, and says why', async (_what, code, change) => {
    const agent = await openTestAgent();
    await expect(agent.enrol({ enrolment: infant(change) })).rejects.toMatchObject({ code });
    await expectNothingSaved(agent);
  });

  it('that corrects something is saved only when the core has asked this station for it', async () => {
    const agent = await openTestAgent();
    const first = await agent.enrol();
    const correction = { process: 'CORRECTION', corrects: first.rid } as const;
    await expect(agent.enrol(correction)).rejects.toMatchObject({ code: 'ENR-VAL-007' });
    agent.world.tasks.add(first.rid);
    await agent.enrol(correction);
    expect(await agent.queue.list(10)).toHaveLength(2);
  });

  it('for another process is saved with what that one demands, and not without', async () => {
    const agent = await openTestAgent();
    await expect(agent.enrol({ process: 'ACTIVATE' })).rejects.toMatchObject({ code: 'ENR-VAL-021' });
    await expectNothingSaved(agent);
    const UIN = '3127850469';
    const { identity, biometrics } = infant();
    const given = {
      UPDATE: { identity: { UIN, phone: '0600000000' }, biometrics },
      RES_UPDATE: { identity: { UIN, phone: '0600000000' }, biometrics: [] },
      LOST: { identity, biometrics },
      ACTIVATE: { identity: { UIN }, biometrics },
      DEACTIVATE: { identity: { UIN }, biometrics: [], consent: false },
    };
    for (const [process, change] of Object.entries(given) as [keyof typeof given, Partial<Enrolment>][]) {
      await agent.enrol({ process, enrolment: infant(change) });
    }
    const queued = await agent.queue.list(10);
    expect(queued.map(({ manifest }) => manifest.process).sort()).toEqual(Object.keys(given).sort());
  });

  it('that is too large for a packet is not saved', async () => {
    const agent = await openTestAgent();
    const [face] = infant().biometrics;
    if (!face) throw new Error('no face');
    const biometrics = [{ ...face, image: randomBytes(17 * 1024 * 1024) }];
    await expect(agent.enrol({ enrolment: infant({ biometrics }) })).rejects.toMatchObject({ code: 'ENR-PKT-009' });
    await expectNothingSaved(agent);
  });

  it('on a full disk is not saved, has no row, and can be saved again when there is room', async () => {
    const agent = await openTestAgent();
    await agent.enrol();
    agent.database.disk.full = true;
    await expect(agent.enrol()).rejects.toMatchObject({ code: 'ENR-STN-001' });
    agent.database.disk.full = false;
    await agent.enrol();
    expect(await agent.queue.list(10)).toHaveLength(2);
  });

  it('that needs approval and finds no room leaves no copy behind', async () => {
    const agent = await openTestAgent();
    agent.world.master = approvalDemanded();
    const full = new EnrouteError('ENR-STN-001');
    const desk = { ...agent.desk, files: { ...agent.files, save: () => Promise.reject(full) } };
    await expect(enrol(agent.request(), desk)).rejects.toBe(full);
    expect(await agent.desk.drafts.rids()).toEqual([]);
  });

  it('has its file before it has its row: a row without a file is never seen', async () => {
    const agent = await openTestAgent();
    const checks: Promise<Uint8Array>[] = [];
    const watching = agent.database.current().queue.$.subscribe(({ documentData }) => {
      const { rid, manifest } = documentData;
      checks.push(agent.files.read(rid, manifest.packet.digest));
    });
    await agent.enrol();
    await agent.enrol();
    watching.unsubscribe();
    expect(await Promise.all(checks)).toHaveLength(2);
  });

  it('is one of many at the same moment, each with a RID of its own', async () => {
    const agent = await openTestAgent();
    const saved = await Promise.all(Array.from({ length: 8 }, () => agent.enrol()));
    expect(new Set(saved.map(({ rid }) => rid)).size).toBe(8);
    for (const { rid, digest } of saved) await agent.files.read(rid, digest);
    expect(await agent.queue.list(10)).toHaveLength(8);
  });
});
