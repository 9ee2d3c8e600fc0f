import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { enrolmentFromMosip } from '@enroute/shared/mosip/import.ts';
import { PACKET_LIMITS } from '@enroute/shared/mosip/packet-files.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMosipFolder } from './mosip-folder.ts';

const SAMPLE =
  process.env.ENROUTE_SAMPLE_PACKET ?? resolve(import.meta.dirname, '../../../shared/samples/mosip-packet');
const present = existsSync(join(SAMPLE, 'id/ID.json'));

let outside: string;
let folder: string;
beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), 'enroute-import-'));
  folder = join(outside, 'packet');
  await mkdir(join(folder, 'id'), { recursive: true });
  await mkdir(join(folder, 'evidence'));
  await writeFile(join(folder, 'id', 'ID.json'), '{}');
});
afterEach(() => rm(outside, { recursive: true, force: true }));

describe('reading the folder of a packet', () => {
  it('gives the files of its sub-packets by path, and nothing else that lies there', async () => {
    await writeFile(join(folder, 'evidence', 'proof.pdf'), 'pdf');
    await writeFile(join(folder, 'holiday.jpg'), 'jpg');
    const files = await readMosipFolder(folder);
    expect([...files.keys()]).toEqual(['id/ID.json', 'evidence/proof.pdf']);
    expect(new TextDecoder().decode(files.get('evidence/proof.pdf'))).toBe('pdf');
  });

  it('follows a link that stays within the folder, and the folder itself may be one', async () => {
    await symlink('ID.json', join(folder, 'id', 'again.json'));
    await symlink(folder, join(outside, 'link'));
    const files = await readMosipFolder(join(outside, 'link'));
    expect([...files.keys()]).toEqual(['id/ID.json', 'id/again.json']);
  });

  it('refuses a link that leads out', async () => {
    await writeFile(join(outside, 'secret'), 'secret');
    await symlink(join(outside, 'secret'), join(folder, 'id', 'a.json'));
    await expect(readMosipFolder(folder)).rejects.toMatchObject({ code: 'FOLDER_OUTSIDE' });
  });

  it('refuses a sub-packet that is a link to another folder', async () => {
    await mkdir(join(outside, 'packet-of-another'));
    await writeFile(join(outside, 'packet-of-another', 'a.pdf'), 'secret');
    await symlink(join(outside, 'packet-of-another'), join(folder, 'optional'));
    await expect(readMosipFolder(folder)).rejects.toMatchObject({ code: 'FOLDER_OUTSIDE' });
  });

  it('refuses more files, larger files and more bytes than a packet can have', async () => {
    await writeFile(join(folder, 'id', 'b.pdf'), 'twelve bytes');
    const code = (limits: object) => readMosipFolder(folder, { ...PACKET_LIMITS, ...limits });
    await expect(code({ maxFiles: 1 })).rejects.toMatchObject({ code: 'FOLDER_TOO_MANY_FILES' });
    await expect(code({ maxFileBytes: 11 })).rejects.toMatchObject({ code: 'FOLDER_TOO_LARGE' });
    await expect(code({ maxTotalBytes: 13 })).rejects.toMatchObject({ code: 'FOLDER_TOO_LARGE' });
    await expect(code({ maxFiles: 2, maxFileBytes: 12, maxTotalBytes: 14 })).resolves.toHaveProperty('size', 2);
  });

  it('refuses a folder within a sub-packet, and a folder without any', async () => {
    await rm(join(folder, 'id', 'ID.json'));
    await expect(readMosipFolder(folder)).rejects.toMatchObject({ code: 'FOLDER_EMPTY' });
    await mkdir(join(folder, 'id', 'deeper'));
    await expect(readMosipFolder(folder)).rejects.toMatchObject({ code: 'FOLDER_NOT_A_FILE' });
  });

  it.skipIf(process.platform === 'win32')('does not wait at a named pipe', async () => {
    execFileSync('mkfifo', [join(folder, 'id', 'pipe')]);
    await expect(readMosipFolder(folder)).rejects.toMatchObject({ code: 'FOLDER_NOT_A_FILE' });
  });

  it('says so when there is no folder, or no permission', async () => {
    const nowhere = readMosipFolder(join(outside, 'nowhere'));
    await expect(nowhere).rejects.toMatchObject({ code: 'FOLDER_UNREADABLE' });
    await symlink(join(outside, 'gone'), join(folder, 'id', 'dangling'));
    await expect(readMosipFolder(folder)).rejects.toMatchObject({ code: 'FOLDER_UNREADABLE' });
  });
});

describe.skipIf(!present)(`a real MOSIP packet${present ? '' : ' (skipped: set ENROUTE_SAMPLE_PACKET)'}`, () => {
  it('is imported whole, with what speaks against it', async () => {
    const { enrolment, process, sourceRid, findings } = enrolmentFromMosip(await readMosipFolder(SAMPLE));
    expect(process).toBe('NEW');
    expect(sourceRid).toMatch(/^\d{29}$/);
    expect(enrolment.biometrics).toHaveLength(13);
    expect(enrolment.documents.map(({ category, subPacket }) => `${subPacket} ${category}`)).toEqual([
      'id POA',
      'id POI',
      'id POR',
      'evidence POE',
    ]);
    expect(enrolment.languages).toEqual(['eng', 'ara', 'fra']);
    expect(findings.map(({ code, about }) => `${code} ${about}`)).toEqual([
      'MOSIP_STRAY_FIELD id/ID.json',
      'MOSIP_DATA_HASH_MISMATCH id/packet_data_hash.txt',
      'MOSIP_DATA_HASH_MISSING evidence/packet_data_hash.txt',
      'MOSIP_OPERATIONS_HASH_MISSING evidence/packet_operations_hash.txt',
      'MOSIP_CONSENT_UNKNOWN consentOfApplicant',
    ]);
  });

  it('is refused when the import is strict', async () => {
    const files = await readMosipFolder(SAMPLE);
    expect(() => enrolmentFromMosip(files, { strict: true })).toThrow(
      expect.objectContaining({ code: 'MOSIP_NOT_TRUSTED' }),
    );
  });
});
