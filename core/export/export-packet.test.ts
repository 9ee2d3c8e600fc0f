import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import { enrolmentFromMosip, type MosipImport } from '@enroute/shared/mosip/import.ts';
import { PACKET_LIMITS } from '@enroute/shared/mosip/packet-files.ts';
import { findSubPacketZips, readSubPacketZips } from '@enroute/shared/mosip/sub-packet-zips.ts';
import { budgetOf, openZip } from '@enroute/shared/mosip/unzip.ts';
import { packEnrolment } from '@enroute/shared/packet/contents.ts';
import { type SealedPacket, sealPacket } from '@enroute/shared/packet/seal.ts';
import { stationCardSchema } from '@enroute/shared/schemas/cards.ts';
import { type ManifestBody, manifestId, signManifest } from '@enroute/shared/schemas/manifest.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { captureLog, type LogLine } from '../gateway/gateway.fixture.ts';
import { type OpenedCore, openCore } from '../open-core.ts';
import { enrolmentOf, NOW, put, registrationOf, ridOf, STATION } from '../pipeline/pipeline.fixture.ts';
import { makeQuickKeys } from '../quick-keys.fixture.ts';
import { sourceOfBytes } from '../vault/packet-source.ts';
import { exportPacket } from './export-packet.ts';

const context = { process: 'NEW', station: STATION, operator: 'op1' } as const;

let folder: string;
let core: OpenedCore;
let to: string;
/** The registration of the present test. */
let rid: string;
let tests = 0;
const logs: LogLine[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(quickTmpdir(), 'enroute-export-'));
  await makeQuickKeys(folder, 'p');
  const options = { folder, passphrase: 'p', couchdbUrl: undefined, couchdbPrefix: '', now: () => NOW };
  core = await openCore({ ...options, log: captureLog(logs) }, 'create');
  const signing = publicKeyOf(newSigningKeyPair());
  const sealingKey = publicKeyOf(newSealingKeyPair());
  const operators = [{ id: 'op1', signingKey: signing }];
  await core.register(stationCardSchema.parse({ v: 1, station: STATION, signingKey: signing, sealingKey, operators }));
});
beforeEach(() => {
  tests += 1;
  rid = ridOf(tests);
  to = join(folder, `${rid}.zip`);
  logs.length = 0;
});
afterAll(async () => {
  await core.close();
  await rm(folder, { recursive: true });
});

async function sealed(enrolment: Enrolment, as = rid): Promise<SealedPacket> {
  const container = await packEnrolment({ ...context, rid: as }, enrolment);
  return sealPacket({ rid: as, process: 'NEW', sealedAt: NOW, reader: publicKeyOf(core.keys.sealing), container });
}

/** A packet has arrived: bytes in the vault, registration, and the manifest with a supervisor's signature. */
async function arrive(packet: SealedPacket): Promise<void> {
  const { keyId } = core.keys.sealing;
  const stated = { digest: packet.digest, bytes: packet.bytes.byteLength, keyId };
  await core.vault.publish(sourceOfBytes(packet.bytes), packet.digest);
  await put(core.databases.registrations, registrationOf(rid, { packet: stated }));
  const body: ManifestBody = {
    v: 1,
    rid,
    ...context,
    createdAt: NOW.toISOString(),
    packet: stated,
    priority: 'normal',
  };
  const key = newSigningKeyPair();
  const manifest = signManifest(body, [
    { role: 'station', signer: STATION, key },
    { role: 'operator', signer: 'op1', key },
    { role: 'supervisor', signer: 'sup1', key },
  ]);
  await (await core.databases.channel(STATION)).write([{ _id: manifestId(rid), ...manifest }]);
}

const exporting = (path = to): Promise<void> => exportPacket(rid, path, core, captureLog(logs));

async function imported(path: string): Promise<MosipImport> {
  const budget = budgetOf(PACKET_LIMITS);
  const { paths, read } = await openZip(new Uint8Array(await readFile(path)), budget);
  const files = await readSubPacketZips(findSubPacketZips(paths), paths, read, budget);
  return enrolmentFromMosip(files, { strict: true });
}

describe('exporting a packet from the vault', () => {
  const child = enrolmentOf(1, {
    languages: ['eng', 'ara'],
    change: { introducer: { biometrics: enrolmentOf(2).biometrics } },
  });

  it("gives a zip in MOSIP's layout that reads back as the enrolment that was sealed", async () => {
    await arrive(await sealed(child));
    await exporting();
    expect(await imported(to)).toEqual({
      enrolment: child,
      process: 'NEW',
      sourceRid: rid,
      officerId: 'op1',
      supervisorId: 'sup1',
      findings: [],
    });
  });

  it.skipIf(process.platform === 'win32')('is for the eyes of whoever asked for it only', async () => {
    await arrive(await sealed(child));
    await exporting();
    expect((await stat(to)).mode & 0o777).toBe(0o600);
  });

  it('leaves a line in the log that names the registration and nothing of the person', async () => {
    await arrive(await sealed(child));
    await exporting();
    expect(logs.filter(({ msg }) => msg === 'a packet is exported')).toMatchObject([{ rid: rid }]);
    expect(JSON.stringify(logs)).not.toMatch(/Person 1|1990/);
  });

  it('never replaces a file, and leaves nothing behind when it cannot write', async () => {
    await arrive(await sealed(child));
    await writeFile(to, 'mine');
    await expect(exporting()).rejects.toMatchObject({ code: 'ENR-EXP-002' });
    expect(await readFile(to, 'utf8')).toBe('mine');
    await expect(exporting(join(folder, 'nowhere', 'a.zip'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await readdir(folder)).filter((name) => /nowhere|partial/.test(name))).toEqual([]);
  });

  it('says so when the core holds no such packet: not known, or announced only', async () => {
    await expect(exporting()).rejects.toMatchObject({ code: 'ENR-EXP-001' });
    await put(core.databases.registrations, registrationOf(rid, { state: 'ANNOUNCED' }));
    await expect(exporting()).rejects.toMatchObject({ code: 'ENR-EXP-001' });
    expect(existsSync(to)).toBe(false);
  });

  it('writes nothing of a packet that cannot be opened', async () => {
    const bytes = randomBytes(100);
    await arrive({ ...(await sealed(child)), bytes, digest: sha256Hex(bytes) });
    await expect(exporting()).rejects.toMatchObject({ code: 'ENR-PKT-001' });
    expect(existsSync(to)).toBe(false);
  });

  it("writes nothing of a packet that is another registration's", async () => {
    await arrive(await sealed(child, ridOf(999)));
    await expect(exporting()).rejects.toMatchObject({ code: 'ENR-PKT-010' });
    expect(existsSync(to)).toBe(false);
  });
});
