import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { frameOffset } from '@enroute/shared/courier/frames.ts';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import type { TakeStep } from '@enroute/sync/courier/steps.ts';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  announce,
  newStation,
  OTHER_STATION,
  registered,
  registrationOf,
  signAll,
  type TestPacket,
  type TestStation,
  tus,
} from '../gateway/gateway.fixture.ts';
import type { Doc } from '../store/store.ts';
import { openTestCourier, outcomes, type TestCourier } from './courier.fixture.ts';

async function expectReceived({ gateway, arriving }: TestCourier, packets: readonly TestPacket[]): Promise<void> {
  for (const { rid, sealed } of packets) {
    expect(await registrationOf(gateway, rid)).toMatchObject({ state: 'RECEIVED', packet: { digest: sealed.digest } });
    expect(await gateway.vault.read(sealed.digest)).toEqual(Buffer.from(sealed.bytes));
  }
  expect(await readdir(arriving)).toEqual([]);
}

async function suspend({ gateway }: TestCourier, { number }: TestStation): Promise<void> {
  const doc = await gateway.databases.stations.get<Doc>(number);
  await gateway.databases.stations.write([{ ...doc, _id: number, state: 'suspended' } as Doc]);
}

/** A PATCH that has sent a part of the packet and says no more until it is told to. */
async function beginPatch({ gateway }: TestCourier, station: TestStation, packet: TestPacket, bytes: number) {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  const answer: Buffer[] = [];
  socket.on('data', (piece) => answer.push(piece));
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const head = [
    `PATCH /uploads/${packet.id} HTTP/1.1`,
    `Host: ${hostname}`,
    `Authorization: ${await station.authorization()}`,
    'Tus-Resumable: 1.0.0',
    'Upload-Offset: 0',
    'Content-Type: application/offset+octet-stream',
    `Content-Length: ${packet.sealed.bytes.byteLength}`,
    'Connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  socket.write(packet.sealed.bytes.subarray(0, bytes));
  const growing = join(gateway.incomingFolder, packet.id);
  await expect.poll(async () => (await stat(growing)).size, { timeout: 5_000 }).toBeGreaterThan(0);
  return async (): Promise<string> => {
    socket.write(packet.sealed.bytes.subarray(bytes));
    await ended;
    return Buffer.concat(answer).toString();
  };
}

describe('packets on a stick', () => {
  it('become the core’s as if they had been announced and uploaded', async () => {
    const courier = await openTestCourier();
    const station = await registered(courier.gateway);
    const packets = [station.packet(1, 300_000), station.packet(2, 5_000), station.packet(3, 90_000)];
    const [, second] = packets;
    if (second) await announce(courier.gateway, station, second);
    const steps = await courier.take(await courier.pack(station, packets));
    expect(outcomes(steps, packets)).toEqual(['0 taken', '1 taken', '2 taken']);
    expect(steps.at(-1)).toMatchObject({ step: 'closed', taken: 3, missing: 0, brokeOffAtBytes: null });
    await expectReceived(courier, packets);
  });

  it('are known when they come again, by stick or by the link', async () => {
    const courier = await openTestCourier();
    const station = await registered(courier.gateway);
    const packet = station.packet(1);
    const path = await courier.pack(station, [packet]);
    await courier.take(path);
    expect(outcomes(await courier.take(path, path), [packet])).toEqual(['0 known', '0 known']);
    const answer = await announce(courier.gateway, station, packet);
    expect(answer.json).toMatchObject([{ id: manifestId(packet.rid), ok: true }]);
    expect(await tus.create(courier.gateway, station, packet)).toMatchObject({ json: { error: 'ENR-UPL-005' } });
    await expectReceived(courier, [packet]);
  });

  it('are taken where an upload was left half done, which is of no use any more', async () => {
    const courier = await openTestCourier();
    const { gateway } = courier;
    const station = await registered(gateway);
    const packet = station.packet(1, 100_000);
    await announce(gateway, station, packet);
    await tus.create(gateway, station, packet);
    await tus.patch(gateway, station, packet.id, 0, packet.sealed.bytes.subarray(0, 40_000));
    expect(outcomes(await courier.take(await courier.pack(station, [packet])), [packet])).toEqual(['0 taken']);
    expect((await tus.head(gateway, station, packet.id)).status).toBe(409);
    await expectReceived(courier, [packet]);
  });

  it('are one packet with the upload that is running at the same moment', async () => {
    const courier = await openTestCourier();
    const { gateway } = courier;
    const station = await registered(gateway);
    const packet = station.packet(1, 200_000);
    await announce(gateway, station, packet);
    await tus.create(gateway, station, packet);
    const goOn = await beginPatch(courier, station, packet, 80_000);
    const [steps, answer] = await Promise.all([courier.pack(station, [packet]).then(courier.take), goOn()]);
    expect(outcomes(steps, [packet])).toEqual([expect.stringMatching(/^0 (taken|known)$/)]);
    expect(answer).toMatch(/^HTTP\/1\.1 (204|409)/m);
    await expectReceived(courier, [packet]);
    expect((await gateway.databases.registrations.info()).docCount).toBe(1);
  });

  it('finish an upload that waits for its last bytes: it is told that the core has it', async () => {
    const courier = await openTestCourier();
    const { gateway } = courier;
    const station = await registered(gateway);
    const packet = station.packet(1, 200_000);
    await announce(gateway, station, packet);
    await tus.create(gateway, station, packet);
    const goOn = await beginPatch(courier, station, packet, 80_000);
    expect(outcomes(await courier.take(await courier.pack(station, [packet])), [packet])).toEqual(['0 taken']);
    expect(await goOn()).toContain('ENR-UPL-005');
    await expectReceived(courier, [packet]);
  });

  it('that the gateway would refuse are refused one by one, for the same reasons', async () => {
    const courier = await openTestCourier();
    const { gateway } = courier;
    const station = await registered(gateway);
    const other = await registered(gateway, OTHER_STATION);
    const [good, twin, foreign, unsigned, torn, late] = [1, 1, 2, 3, 4, 5].map((n) => station.packet(n));
    if (!good || !twin || !foreign || !unsigned || !torn || !late) throw new Error('six');
    const packets: TestPacket[] = [
      good,
      twin,
      other.packet(2),
      { ...unsigned, manifest: signAll(unsigned.manifest, station.signing, newSigningKeyPair()) },
      { ...torn, sealed: late.sealed },
      late,
    ];
    const steps = await courier.take(await courier.pack(station, packets));
    expect(outcomes(steps, packets)).toEqual([
      '0 taken',
      '0 refused ENR-MAN-005',
      '2 refused ENR-MAN-004',
      '3 refused ENR-MAN-003',
      '4 refused ENR-UPL-003',
      '5 taken',
    ]);
    expect(steps.at(-1)).toMatchObject({ taken: 2, refused: 4, missing: 0 });
    await expectReceived(courier, [good, late]);
    expect(await registrationOf(gateway, torn.rid)).toMatchObject({ state: 'ANNOUNCED' });
  });

  it('that are damaged there are told, and taken from another copy', async () => {
    const courier = await openTestCourier();
    const station = await registered(courier.gateway);
    const packets = [station.packet(1, 50_000), station.packet(2, 200_000), station.packet(3, 50_000)];
    const [path, copy] = [await courier.pack(station, packets), await courier.pack(station, packets)];
    const bytes = await readFile(path);
    bytes.fill(7, frameOffset(3), frameOffset(3) + 512);
    await writeFile(path, bytes);
    const steps = await courier.take(path);
    expect(outcomes(steps, packets)).toEqual(['0 taken', '1 damaged ENR-CRR-006', '2 taken']);
    expect(await readdir(courier.arriving)).toEqual([]);
    expect(outcomes(await courier.take(copy), packets)).toEqual(['0 known', '1 taken', '2 known']);
    await expectReceived(courier, packets);
  });

  it('that came long ago change nothing when the old stick comes again', async () => {
    const courier = await openTestCourier();
    const station = await registered(courier.gateway);
    const packet = station.packet(1);
    const old = await courier.pack(station, [packet]);
    await courier.take(old);
    const { registrations } = courier.gateway.databases;
    const received = await registrationOf(courier.gateway, packet.rid);
    await registrations.write([{ ...received, _id: packet.rid, state: 'COMPLETED' } as Doc]);
    const before = await registrationOf(courier.gateway, packet.rid);
    expect(outcomes(await courier.take(old), [packet])).toEqual(['0 known']);
    expect(await registrationOf(courier.gateway, packet.rid)).toEqual(before);
  });

  it('are left where they are when the file is gone, is a folder, or is something else', async () => {
    const courier = await openTestCourier();
    const other = `${courier.stick}/letter.txt`;
    await writeFile(other, 'Dear core,');
    const steps = await courier.take(`${courier.stick}/gone.enrb`, courier.stick, other);
    const codes = steps.map((step) => (step.step === 'not-opened' ? step.problem.code : step.step));
    expect(codes).toEqual(['ENR-CRR-009', 'ENR-CRR-009', 'ENR-CRR-001']);
  });
});

describe('a disk that runs full', () => {
  const GIB = 1024 ** 3;

  it('ends the import before it is full, and what was taken stays', async () => {
    const rooms = [10 * GIB, GIB / 2];
    const roomOn = async () => ({ totalBytes: 100 * GIB, freeBytes: rooms.shift() ?? 0 });
    const courier = await openTestCourier({ roomOn });
    const station = await registered(courier.gateway);
    const packets = [station.packet(1), station.packet(2), station.packet(3)];
    const steps: TakeStep[] = [];
    const taking = (async () => {
      for await (const step of courier.courier.import([await courier.pack(station, packets)])) steps.push(step);
    })();
    await expect(taking).rejects.toMatchObject({ code: 'ENR-UPL-007' });
    expect(outcomes(steps, packets)).toEqual(['0 taken']);
    expect(steps.at(-1)).toMatchObject({ step: 'closed', taken: 1, missing: 0, problem: { code: 'ENR-UPL-007' } });
    await expectReceived(courier, packets.slice(0, 1));
  });

  it('ends the import when it is full all the same, and leaves nothing half done', async () => {
    const courier = await openTestCourier();
    const station = await registered(courier.gateway);
    const packet = station.packet(1);
    const path = await courier.pack(station, [packet]);
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const publish = vi.spyOn(courier.gateway.vault, 'publish').mockRejectedValueOnce(full);
    onTestFinished(() => publish.mockRestore());
    await expect(courier.take(path)).rejects.toMatchObject({ code: 'ENR-UPL-007' });
    expect(await readdir(courier.arriving)).toEqual([]);
    expect(outcomes(await courier.take(path), [packet])).toEqual(['0 taken']);
  });
});

describe('a bundle whose sender is not to be believed', () => {
  const codes = async (courier: TestCourier, path: string) =>
    (await courier.take(path)).map((step) => (step.step === 'not-opened' ? step.problem.code : step.step));

  it('of a station that is unknown or suspended brings nothing in', async () => {
    const courier = await openTestCourier();
    const stranger = newStation(courier.gateway, OTHER_STATION);
    expect(await codes(courier, await courier.pack(stranger, [stranger.packet(1)]))).toEqual(['ENR-AUT-004']);
    const station = await registered(courier.gateway);
    const path = await courier.pack(station, [station.packet(1)]);
    await suspend(courier, station);
    expect(await codes(courier, path)).toEqual(['ENR-AUT-005']);
    expect((await courier.gateway.databases.registrations.info()).docCount).toBe(0);
  });

  it('of one station that claims to be another’s brings nothing in', async () => {
    const courier = await openTestCourier();
    const station = await registered(courier.gateway);
    const other = await registered(courier.gateway, OTHER_STATION);
    const path = await courier.pack(station, [station.packet(1)], { station: other.number });
    expect(await codes(courier, path)).toEqual(['ENR-CRR-005']);
  });

  it('for another core brings nothing in', async () => {
    const courier = await openTestCourier();
    const station = await registered(courier.gateway);
    const path = await courier.pack(station, [station.packet(1)], { reader: publicKeyOf(newSealingKeyPair()) });
    expect(await codes(courier, path)).toEqual(['ENR-CRR-003']);
  });

  it('with the byte flipped that any bad stick flips brings nothing in that was not sent', async () => {
    const courier = await openTestCourier();
    const station = await registered(courier.gateway);
    const packet = station.packet(1, 100_000);
    const path = await courier.pack(station, [packet]);
    const file = await open(path, 'r+');
    await file.write(Buffer.from([0xff, 0x00, 0xff]), 0, 3, frameOffset(1) + 700);
    await file.close();
    const [, , closed] = await courier.take(path);
    expect(closed).toMatchObject({ step: 'closed', taken: 0, missing: 1 });
    expect(await registrationOf(courier.gateway, packet.rid)).toBeUndefined();
  });
});
