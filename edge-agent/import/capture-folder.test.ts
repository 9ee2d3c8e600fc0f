import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCbeff } from '@enroute/shared/cbeff/write.ts';
import { mosipFromEnrolment } from '@enroute/shared/mosip/export.ts';
import { enrolmentFromMosip } from '@enroute/shared/mosip/import.ts';
import { PACKET_LIMITS } from '@enroute/shared/mosip/packet-files.ts';
import { thumb } from '@enroute/shared/mosip/test-packet.ts';
import { packEnrolment } from '@enroute/shared/packet/contents.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCaptureFolder } from './capture-folder.ts';

const RID = '10001100770000120240229235959';
const capture = {
  position: 'RIGHT_THUMB',
  quality: 80,
  capturedAt: '2026-03-01T07:58:12.000Z',
  formatOwner: 'Mosip',
  formatType: '7',
  file: 'right-thumb.jp2',
};
const missing = { ...capture, position: 'LEFT_THUMB', quality: 0, exception: true, file: undefined };
const form = {
  v: 1,
  process: 'NEW',
  identity: { fullName: [{ language: 'eng', value: 'Ada Example' }], dateOfBirth: '1990/01/02' },
  languages: ['eng'],
  consent: true,
  capturedAt: '2026-03-01T08:00:00.000Z',
  documents: [
    {
      name: 'proofOfIdentity',
      category: 'POI',
      type: 'PASSPORT',
      format: 'pdf',
      owner: 'Applicant',
      subPacket: 'id',
      file: 'passport.pdf',
    },
  ],
  biometrics: [capture, missing],
};

let outside: string;
let folder: string;
beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), 'enroute-capture-'));
  folder = join(outside, 'capture');
  await mkdir(folder);
  await writeFile(join(folder, 'right-thumb.jp2'), 'thumb');
  await writeFile(join(folder, 'passport.pdf'), 'pdf');
  await writeFile(join(folder, 'iris.xml'), writeCbeff([{ ...thumb, position: 'LEFT_IRIS', modality: 'iris' }]));
});
afterEach(() => rm(outside, { recursive: true, force: true }));

async function read(change: object = {}, limits = {}) {
  await writeFile(join(folder, 'enrolment.json'), JSON.stringify({ ...form, ...change }));
  return readCaptureFolder(folder, { ...PACKET_LIMITS, ...limits });
}

describe('reading a capture folder', () => {
  it('gives an enrolment with its images and documents, and what the form leaves out', async () => {
    const { enrolment, process, corrects, priority } = await read();
    expect({ process, corrects, priority }).toEqual({ process: 'NEW', corrects: undefined, priority: 'normal' });
    expect(enrolment).toMatchObject({ identity: form.identity, languages: ['eng'], consent: true });
    expect(enrolment.capturedAt).toBe(form.capturedAt);
    expect(enrolment.documents.map(({ name, content }) => `${name} ${new TextDecoder().decode(content)}`)).toEqual([
      'proofOfIdentity pdf',
    ]);
    const [first, second] = enrolment.biometrics;
    expect(first).toMatchObject({ position: 'RIGHT_THUMB', modality: 'finger', level: 'Raw', exception: false });
    expect(new TextDecoder().decode(first?.image)).toBe('thumb');
    expect(second).toMatchObject({ position: 'LEFT_THUMB', exception: true, image: new Uint8Array() });
    expect(enrolment).not.toHaveProperty('introducer');
  });

  it("takes CBEFF files, and an introducer's captures", async () => {
    const { enrolment } = await read({
      biometrics: { cbeff: 'iris.xml' },
      introducer: { biometrics: [{ ...capture, position: 'FACE' }] },
    });
    expect(enrolment.biometrics.map(({ position }) => position)).toEqual(['LEFT_IRIS']);
    expect(enrolment.introducer?.biometrics.map(({ position, modality }) => `${position} ${modality}`)).toEqual([
      'FACE face',
    ]);
  });

  it('gives what a packet can hold and MOSIP can read', async () => {
    const { enrolment, process } = await read({ introducer: { biometrics: [capture] } });
    const context = { rid: RID, process, station: RID.slice(0, 10), operator: 'op-1' };
    expect((await packEnrolment(context, enrolment)).byteLength).toBeGreaterThan(500);
    const files = mosipFromEnrolment(enrolment, { ...context, createdAt: enrolment.capturedAt });
    expect(enrolmentFromMosip(files, { strict: true }).enrolment).toEqual(enrolment);
  });

  it('takes a correction that names what it corrects, and its priority', async () => {
    await expect(read({ process: 'CORRECTION', corrects: RID, priority: 'urgent' })).resolves.toMatchObject({
      process: 'CORRECTION',
      corrects: RID,
      priority: 'urgent',
    });
  });

  it('reads the example of the documentation', async () => {
    const page = await readFile(join(import.meta.dirname, '../../docs/capture-folder.md'), 'utf8');
    const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
    await writeFile(join(folder, 'enrolment.json'), example);
    const { enrolment } = await readCaptureFolder(folder);
    expect(enrolment.biometrics.map(({ exception }) => exception)).toEqual([false, true]);
  });
});

describe('a capture folder is refused', () => {
  it.each<[string, object]>([
    ['another version', { v: 2 }],
    ['a field nobody knows', { consnet: true }],
    ['no consent stated', { consent: undefined }],
    ['a process nobody knows', { process: 'MARRIAGE' }],
    ['a correction of nothing', { process: 'CORRECTION' }],
    ['something to correct, but no correction', { corrects: RID }],
    ['no languages', { languages: [] }],
    ['a time that is none', { capturedAt: 'yesterday' }],
    ['a file in another folder', { biometrics: [{ ...capture, file: '../secret' }] }],
    ['a file from the root', { biometrics: { cbeff: '/etc/passwd' } }],
    ['a hidden file', { biometrics: { cbeff: '.secret' } }],
    ['a capture without an image', { biometrics: [{ ...capture, file: undefined }] }],
    ['an exception with an image', { biometrics: [{ ...capture, exception: true }] }],
    ['a quality above 100', { biometrics: [{ ...capture, quality: 101 }] }],
    ['two documents of one name', { documents: [form.documents[0], { ...form.documents[0], category: 'POA' }] }],
    ['a document without a file', { documents: [{ ...form.documents[0], file: undefined }] }],
  ])('with %s', async (_, change) => {
    await expect(read(change)).rejects.toMatchObject({ name: 'CaptureFolderError', code: 'CAPTURE_BAD_SHAPE' });
  });

  it.each<[string, object, string]>([
    ['in the form', { consnet: true }, '"consnet"'],
    ['in a capture', { biometrics: [{ ...capture, qualty: 80 }] }, '"biometrics.0.qualty"'],
    [
      'in a capture that lacks what was meant',
      { biometrics: [{ ...missing, quality: undefined, qualty: 80 }] },
      '"biometrics.0.qualty"',
    ],
    ['beside the CBEFF file', { biometrics: { cbef: 'iris.xml' } }, '"biometrics.cbef"'],
    ['in a document', { documents: [{ ...form.documents[0], categroy: 'POI' }] }, '"documents.0.categroy"'],
  ])('with a misspelt field %s, by its name', async (_, change, place) => {
    await expect(read(change)).rejects.toThrow(place);
  });

  it('with two documents of one name, in words', async () => {
    const documents = [form.documents[0], { ...form.documents[0], category: 'POA' }];
    await expect(read({ documents })).rejects.toThrow('"documents (two documents of one name in the same sub-packet)"');
    const { enrolment } = await read({
      documents: [form.documents[0], { ...form.documents[0], subPacket: 'evidence' }],
    });
    expect(enrolment.documents.map(({ subPacket }) => subPacket)).toEqual(['id', 'evidence']);
  });

  it('when the form is no JSON, and never with a word of what stands in it', async () => {
    await writeFile(join(folder, 'enrolment.json'), '{"identity":{"phone":"0611223344"');
    await expect(readCaptureFolder(folder)).rejects.toMatchObject({ code: 'CAPTURE_NOT_JSON' });
    const refusal = await read({ identity: { phone: ['0611223344'] } }).catch(String);
    expect(refusal).toContain('identity.phone');
    expect(refusal).not.toContain('0611223344');
  });

  it('when a file is not there, leads out of it, or is none', async () => {
    await expect(read({ biometrics: { cbeff: 'gone.xml' } })).rejects.toMatchObject({ code: 'FOLDER_UNREADABLE' });
    await writeFile(join(outside, 'secret'), 'secret');
    await symlink(join(outside, 'secret'), join(folder, 'link.xml'));
    await expect(read({ biometrics: { cbeff: 'link.xml' } })).rejects.toMatchObject({ code: 'FOLDER_OUTSIDE' });
    await mkdir(join(folder, 'deeper'));
    await expect(read({ biometrics: { cbeff: 'deeper' } })).rejects.toMatchObject({ code: 'FOLDER_NOT_A_FILE' });
    await rm(join(folder, 'enrolment.json'));
    await expect(readCaptureFolder(folder)).rejects.toMatchObject({ code: 'FOLDER_UNREADABLE' });
  });

  it.skipIf(process.platform === 'win32')('without waiting at a named pipe', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(read({ biometrics: { cbeff: 'pipe' } })).rejects.toMatchObject({ code: 'FOLDER_NOT_A_FILE' });
  });

  it('when a file, or all of them together, are larger than a packet has', async () => {
    await expect(read({}, { maxFileBytes: 4 })).rejects.toMatchObject({ code: 'FOLDER_TOO_LARGE' });
    await expect(read({}, { maxTotalBytes: 7 })).rejects.toMatchObject({ code: 'FOLDER_TOO_LARGE' });
    await expect(read({}, { maxTotalBytes: 8 })).resolves.toMatchObject({ process: 'NEW' });
  });
});
