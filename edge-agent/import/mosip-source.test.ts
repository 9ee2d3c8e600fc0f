import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type ExportContext, mosipFromEnrolment } from '@enroute/shared/mosip/export.ts';
import { enrolmentFromMosip } from '@enroute/shared/mosip/import.ts';
import { PACKET_LIMITS } from '@enroute/shared/mosip/packet-files.ts';
import { mosipPacketZip } from '@enroute/shared/mosip/packet-zip.ts';
import { packet } from '@enroute/shared/mosip/test-packet.ts';
import { budgetOf, openZip } from '@enroute/shared/mosip/unzip.ts';
import { zipOf } from '@enroute/shared/mosip/zip.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMosipSource } from './mosip-source.ts';

const SAMPLE =
  process.env.ENROUTE_SAMPLE_PACKET ?? resolve(import.meta.dirname, '../../../shared/samples/mosip-packet');
const present = existsSync(join(SAMPLE, 'id/ID.json'));

const RID = '1'.repeat(29);
const context: ExportContext = {
  rid: RID,
  process: 'NEW',
  station: '1'.repeat(10),
  operator: 'officer-7',
  createdAt: '2031-05-06T07:10:00.000Z',
};
const files = packet();
const imported = enrolmentFromMosip(files);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enroute-source-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, bytes: Uint8Array): Promise<string> {
  const whole = join(folder, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, bytes);
  return whole;
}

/** The entries of a packet in MOSIP's layout: zips and envelopes, by their paths in it. */
async function packed(): Promise<Map<string, Uint8Array>> {
  const { paths, read } = await openZip(await mosipPacketZip(files, context), budgetOf(PACKET_LIMITS));
  const entries = new Map<string, Uint8Array>();
  for (const path of paths) entries.set(path, await read(path));
  return entries;
}

describe('an opened MOSIP packet is read the same', () => {
  const expectSame = async (path: string): Promise<void> => {
    expect(enrolmentFromMosip(await readMosipSource(path), { strict: true })).toEqual(imported);
  };

  it('from a folder of its sub-packets', async () => {
    for (const [path, bytes] of files) await write(path, bytes);
    await expectSame(folder);
  });

  it('from one zip of its sub-packets, whatever else lies in it', async () => {
    await expectSame(
      await write('a.zip', await zipOf(new Map([...files, ['__MACOSX/id/._ID.json', Buffer.from('x')]]))),
    );
  });

  it("from a zip in MOSIP's own layout", async () => {
    await expectSame(await write('a.zip', await mosipPacketZip(files, context)));
  });

  it("from a folder in MOSIP's own layout", async () => {
    for (const [path, bytes] of await packed()) await write(path, bytes);
    await expectSame(folder);
  });

  it('from a folder in which the zips lie by themselves, with their envelopes or without', async () => {
    for (const [path, bytes] of await packed()) await write(path.replace(/.*\//, ''), bytes);
    await write('readme.txt', Buffer.from('hello'));
    await expectSame(folder);
    await rm(join(folder, `${RID}_id.json`));
    await expectSame(folder);
  });
});

describe('what does not belong together or out of the folder', () => {
  it('is doubted when the zip is named for another registration', async () => {
    for (const [path, bytes] of await packed()) await write(path.replace(/.*\//, ''), bytes);
    await rename(join(folder, `${RID}_id.zip`), join(folder, `${'2'.repeat(29)}_id.zip`));
    const { findings } = enrolmentFromMosip(await readMosipSource(folder));
    expect(findings.map(({ code }) => code)).toEqual(['MOSIP_ENVELOPE_DISAGREES']);
  });

  it('is refused when the zips are those of two packets', async () => {
    for (const [path, bytes] of await packed()) await write(path, bytes);
    await write(`REGISTRATION_CLIENT/NEW/${'2'.repeat(29)}_id.zip`, new Uint8Array());
    await expect(readMosipSource(folder)).rejects.toMatchObject({ code: 'MOSIP_SEVERAL_PACKETS' });
  });

  it('is refused when a zip is a link that leads out', async () => {
    const zip = [...(await packed())].find(([path]) => path.endsWith('.zip'));
    await write('outside.zip', zip?.[1] ?? new Uint8Array());
    await mkdir(join(folder, 'in'));
    await symlink(join(folder, 'outside.zip'), join(folder, 'in', `${RID}_id.zip`));
    await expect(readMosipSource(join(folder, 'in'))).rejects.toMatchObject({ code: 'FOLDER_OUTSIDE' });
  });

  it('is refused when there is no packet in it, or nothing at all', async () => {
    await expect(readMosipSource(folder)).rejects.toMatchObject({ code: 'FOLDER_EMPTY' });
    const stray = await write('a.zip', await zipOf(new Map([['holiday.jpg', Buffer.from('jpg')]])));
    await expect(readMosipSource(stray)).rejects.toMatchObject({ code: 'FOLDER_EMPTY' });
    await expect(readMosipSource(join(folder, 'gone'))).rejects.toMatchObject({ code: 'FOLDER_UNREADABLE' });
    const text = await write('a.txt', Buffer.from('no zip'));
    await expect(readMosipSource(text)).rejects.toMatchObject({ name: 'MosipError' });
  });
});

describe('what is out of proportion is given up', () => {
  it('before it is read: a file of a gigabyte that calls itself a zip', async () => {
    const path = await write('a.zip', new Uint8Array());
    await truncate(path, 2 ** 30);
    await expect(readMosipSource(path)).rejects.toMatchObject({ code: 'FOLDER_TOO_LARGE' });
  });

  it('when the zips of a packet unpack to too much together', async () => {
    const path = await write('a.zip', await mosipPacketZip(files, context));
    const totalOf = async (maxTotalBytes: number) => readMosipSource(path, { ...PACKET_LIMITS, maxTotalBytes });
    const needed = [...(await packed()).values(), ...files.values()].reduce((sum, { length }) => sum + length, 0);
    await expect(totalOf(needed)).resolves.toHaveProperty('size', files.size + 1);
    await expect(totalOf(needed - 1)).rejects.toMatchObject({ code: 'MOSIP_ZIP_TOO_LARGE' });
  });

  it('when a zip in the packet is a bomb', async () => {
    const bomb = await zipOf(new Map([['ID.json', new Uint8Array(PACKET_LIMITS.maxFileBytes + 1)]]));
    const path = await write('a.zip', await zipOf(new Map([[`S/NEW/${RID}_id.zip`, bomb]])));
    await expect(readMosipSource(path)).rejects.toMatchObject({ code: 'MOSIP_ZIP_TOO_LARGE' });
  });
});

describe.skipIf(!present)(`a real MOSIP packet${present ? '' : ' (skipped: set ENROUTE_SAMPLE_PACKET)'}`, () => {
  it('comes back whole from being written as MOSIP does and read again, and nothing speaks against it then', async () => {
    const first = enrolmentFromMosip(await readMosipSource(SAMPLE));
    const { enrolment, process, sourceRid = '', officerId = '', supervisorId = '' } = first;
    const about = {
      rid: sourceRid,
      process,
      station: sourceRid.slice(0, 10),
      operator: officerId,
      supervisor: supervisorId,
      createdAt: enrolment.capturedAt,
    };
    const path = await write('a.zip', await mosipPacketZip(mosipFromEnrolment(enrolment, about), about));
    const again = enrolmentFromMosip(await readMosipSource(path), { strict: true });
    expect(again).toEqual({ ...first, findings: [] });
  });
});
