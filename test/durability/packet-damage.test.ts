import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Verdict } from '@enroute/edge-agent/repair/verify.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { infant } from './enrolments.ts';
import { freshFolder, keptFolder } from './folder.fixture.ts';
import { partsOf } from './packet-layout.ts';
import { clockIn } from './rounds.ts';
import { makeStation, openUnderTest, type SavedPacket, type StationUnderTest } from './station-under-test.ts';

/** Three frames of 64 KiB. */
const IMAGE_BYTES = 150_000;

type Damage = (path: string) => void;

/** The middle one of that part's bytes, one bit of it. */
const flip =
  (part: string): Damage =>
  (path) => {
    const file = readFileSync(path);
    const { from, to } = partOf(file, part);
    const at = Math.floor((from + to) / 2);
    file.writeUInt8(file.readUInt8(at) ^ 1, at);
    writeFileSync(path, file);
  };

const cut =
  (part: string): Damage =>
  (path) => {
    const file = readFileSync(path);
    writeFileSync(path, file.subarray(0, partOf(file, part).from));
  };

function partOf(file: Buffer, name: string) {
  const part = partsOf(file)[name];
  if (!part) throw new Error(`A packet has no part of that name: ${name}`);
  return part;
}

const PARTS = [
  'the prefix',
  'the version of the prefix',
  'the length of the manifest',
  'the manifest',
  "the packet's magic",
  "the packet's version",
  'the length of the header',
  'the header',
  'the sealed key',
  "the stream's header",
  'the first frame',
  'a frame in the middle',
  'the last frame',
  'the tag of the first frame',
  'the tag of the last frame',
  "the last frame's authenticator",
];

const DAMAGES: readonly (readonly [string, Damage])[] = [
  ...PARTS.map((part) => [`a changed bit in ${part}`, flip(part)] as const),
  ...PARTS.map((part) => [`an end before ${part}`, cut(part)] as const),
  ['an end one byte early', (path) => writeFileSync(path, readFileSync(path).subarray(0, -1))],
  ['a byte more at the end', (path) => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(1)]))],
  ['nothing in it', (path) => writeFileSync(path, '')],
  [
    'a length as before and only zeros in it',
    (path) => writeFileSync(path, Buffer.alloc(readFileSync(path).byteLength)),
  ],
  ['no file at all', (path) => rmSync(path)],
];

describe('a stored packet that was damaged', () => {
  let folder = '';
  let under: StationUnderTest;
  const damaged = new Map<string, string>();
  const swapped: string[] = [];
  let sound: SavedPacket[] = [];
  const verdicts = new Map<string, Verdict>();

  beforeAll(async () => {
    folder = keptFolder();
    await makeStation(folder);
    under = await openUnderTest(folder, clockIn(0));
    const pathOf = (rid: string): string => join(under.station.files.folder, `${rid}.enrs`);
    const enrol = async (): Promise<SavedPacket> => under.enrol(infant(0, IMAGE_BYTES));
    sound = [await enrol()];
    for (const [what, damage] of DAMAGES) {
      const { rid } = await enrol();
      damage(pathOf(rid));
      damaged.set(what, rid);
    }
    for (let count = 0; count < 2; count += 1) swapped.push((await enrol()).rid);
    const [one = '', other = ''] = swapped.map(pathOf);
    renameSync(one, `${one}.away`);
    renameSync(other, one);
    renameSync(`${one}.away`, other);
    sound.push(await enrol());
    for await (const verdict of under.station.verify()) verdicts.set(verdict.rid, verdict);
  });
  afterAll(async () => {
    await under.close();
    await rm(folder, { recursive: true });
  });

  it.each(DAMAGES.map(([what]) => what))('by %s is named, and set aside', async (what) => {
    const rid = damaged.get(what) ?? '';
    await expectSetAside(rid);
  });

  it('by two files having changed places is named, both of them, and set aside', async () => {
    for (const rid of swapped) await expectSetAside(rid);
  });

  it('is not given out', async () => {
    for (const rid of [...damaged.values(), ...swapped]) {
      const { manifest } = await under.station.show(rid);
      await expect(under.station.files.read(rid, manifest.packet.digest)).rejects.toMatchObject({
        code: 'ENR-STN-003',
      });
    }
  });

  it('does not hold up the others: they are found sound, go on, and more are enrolled', async () => {
    for (const { rid } of sound) expect(verdicts.get(rid)).toEqual({ rid, state: 'SEALED' });
    const next = await under.station.packets.firstInLine(['SEALED'], 100);
    expect(next.map(({ rid }) => rid)).toEqual(sound.map(({ rid }) => rid));
    const { rid, digest } = await under.enrol(infant(1, 100));
    expect((await under.station.files.read(rid, digest)).byteLength).toBeGreaterThan(0);
  });

  async function expectSetAside(rid: string): Promise<void> {
    expect(verdicts.get(rid)).toMatchObject({ rid, damage: { code: 'ENR-STN-003' } });
    expect(await under.station.show(rid)).toMatchObject({ state: 'SET_ASIDE', problem: 'ENR-STN-003' });
  }
});

describe('any one byte of a stored packet', () => {
  it('that is changed is found, up to where the ciphertext begins', async () => {
    const folder = freshFolder();
    await makeStation(folder);
    const under = await openUnderTest(folder, clockIn(0));
    const { rid } = await under.enrol(infant(0, 100));
    const path = join(under.station.files.folder, `${rid}.enrs`);
    const whole = readFileSync(path);
    const unnoticed: number[] = [];
    for (let at = 0; at < partOf(whole, 'the first frame').from; at += 1) {
      const file = Buffer.from(whole);
      file.writeUInt8(file.readUInt8(at) ^ 1, at);
      writeFileSync(path, file);
      for await (const { damage } of under.station.verify(rid)) if (!damage) unnoticed.push(at);
    }
    await under.close();
    expect(unnoticed).toEqual([]);
  });
});
