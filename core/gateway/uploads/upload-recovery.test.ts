/** What a core that died in the middle of an upload finds at the next question of the station. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceOfBytes, sourceOfFile } from '../../vault/packet-source.ts';
import {
  announce,
  ERROR_LEVEL,
  openTestGateway,
  registered,
  registrationOf,
  type TestGateway,
  type TestPacket,
  type TestStation,
  tus,
} from '../gateway.fixture.ts';
import { leftBehind } from './upload.fixture.ts';

interface Scene {
  readonly gateway: TestGateway;
  readonly station: TestStation;
  readonly packet: TestPacket;
  /** The growing file, and tus's note beside it. */
  readonly file: string;
  readonly note: string;
}

async function announced(): Promise<Scene> {
  const gateway = await openTestGateway();
  const station = await registered(gateway);
  const packet = station.packet(1, 50_000);
  await announce(gateway, station, packet);
  await mkdir(gateway.incomingFolder, { recursive: true });
  const file = join(gateway.incomingFolder, packet.id);
  return { gateway, station, packet, file, note: `${file}.json` };
}

async function expectReceived({ gateway, packet }: Scene): Promise<void> {
  expect(await registrationOf(gateway, packet.rid)).toMatchObject({ state: 'RECEIVED' });
  expect(await gateway.vault.read(packet.sealed.digest)).toEqual(packet.sealed.bytes);
  expect(await readdir(gateway.incomingFolder)).toEqual([]);
  expect(gateway.logs.filter(({ level }) => level >= ERROR_LEVEL)).toEqual([]);
}

/** Each way of asking that a station has. */
const questions = {
  HEAD: ({ gateway, station, packet }: Scene) => tus.head(gateway, station, packet.id),
  POST: ({ gateway, station, packet }: Scene) => tus.create(gateway, station, packet),
};

describe.each(Object.entries(questions))('a station that asks with %s', (_method, asking) => {
  it('learns that the core has the packet when only the word of it was missing', async () => {
    const scene = await announced();
    const { packet } = scene;
    await leftBehind(scene, packet.sealed.bytes);
    expect((await asking(scene)).status).toBe(409);
    await expectReceived(scene);
  });

  it('learns it too when the packet lay in the vault already', async () => {
    const scene = await announced();
    const { gateway, packet, file } = scene;
    await leftBehind(scene, packet.sealed.bytes);
    await gateway.vault.publish(await sourceOfFile(file), packet.sealed.digest);
    expect((await asking(scene)).status).toBe(409);
    await expectReceived(scene);
  });

  it('gives its good copy in place of one that has rotted in the vault', async () => {
    const scene = await announced();
    const { gateway, station, packet } = scene;
    await tus.create(gateway, station, packet);
    await gateway.vault.publish(sourceOfBytes(packet.sealed.bytes), packet.sealed.digest);
    const kept = join(gateway.incomingFolder, '..', 'vault', packet.sealed.digest.slice(0, 2));
    const rotten = Uint8Array.from(packet.sealed.bytes).fill(0, 500, 600);
    await writeFile(join(kept, `${packet.sealed.digest}.enrp`), rotten);
    await asking(scene);
    expect(await registrationOf(gateway, packet.rid)).toMatchObject({ state: 'ANNOUNCED' });
    await tus.create(gateway, station, packet);
    expect((await tus.patch(gateway, station, packet.id, 0, packet.sealed.bytes)).status).toBe(204);
    await expectReceived(scene);
  });

  it('and twice at the same moment, is answered twice and the packet is received once', async () => {
    const scene = await announced();
    const { packet } = scene;
    await leftBehind(scene, packet.sealed.bytes);
    const answers = await Promise.all([asking(scene), asking(scene), asking(scene)]);
    expect(answers.map(({ status }) => status)).toEqual([409, 409, 409]);
    await expectReceived(scene);
  });
});

describe('a power cut', () => {
  it.each([
    ['before the note was written', async ({ note }: Scene) => rm(note)],
    ['that left the note empty', async ({ note }: Scene) => writeFile(note, '')],
    ['that tore the note', async ({ note }: Scene) => writeFile(note, '{"id":"1000')],
  ])('%s does not stand in the way of the upload, and no byte is lost', async (_when, damage) => {
    const scene = await announced();
    const { gateway, station, packet } = scene;
    await tus.create(gateway, station, packet);
    await tus.patch(gateway, station, packet.id, 0, packet.sealed.bytes.subarray(0, 20_000));
    await damage(scene);
    const created = await tus.create(gateway, station, packet);
    expect(created.status).toBe(201);
    expect(created.headers.get('upload-offset')).toBe('20000');
    await tus.patch(gateway, station, packet.id, 20_000, packet.sealed.bytes.subarray(20_000));
    await expectReceived(scene);
  });

  it('that left the note without the file makes the upload begin anew', async () => {
    const scene = await announced();
    const { gateway, station, packet, file } = scene;
    await leftBehind(scene, new Uint8Array());
    await rm(file);
    expect((await tus.head(gateway, station, packet.id)).status).toBe(410);
    expect((await tus.create(gateway, station, packet)).status).toBe(201);
    await tus.patch(gateway, station, packet.id, 0, packet.sealed.bytes);
    await expectReceived(scene);
  });

  it('that left rubbish of the right length makes the upload begin anew', async () => {
    const scene = await announced();
    const { gateway, station, packet } = scene;
    await leftBehind(scene, Buffer.alloc(packet.sealed.bytes.byteLength));
    expect((await tus.head(gateway, station, packet.id)).status).toBe(422);
    expect((await tus.create(gateway, station, packet)).status).toBe(201);
    await tus.patch(gateway, station, packet.id, 0, packet.sealed.bytes);
    await expectReceived(scene);
  });
});
