import { readFile } from 'node:fs/promises';
import { type KeyPair, newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { CORE_KEYS_ID, signSuccession } from '@enroute/shared/schemas/key-rotation.ts';
import { type MasterDevicesBody, masterId, signMaster } from '@enroute/shared/schemas/master.ts';
import { receiptId, signReceipt } from '@enroute/shared/schemas/receipt.ts';
import { openBundle } from '@enroute/sync/courier/open-bundle.ts';
import type { BundleEntry } from '@enroute/sync/courier/read-entries.ts';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { newStation, OTHER_STATION, type TestStation, writeDown } from '../gateway/gateway.fixture.ts';
import { sendCoreKeys } from '../stations/send-core-keys.ts';
import { all, openTestCourier, type TestCourier } from './courier.fixture.ts';
import { openCourier } from './courier.ts';

interface Receiver {
  readonly station: TestStation;
  readonly sealing: KeyPair;
}

async function receiver({ gateway }: TestCourier, number?: string): Promise<Receiver> {
  const sealing = newSealingKeyPair();
  const station = newStation(gateway, number);
  await gateway.register.register({ ...station.card, sealingKey: publicKeyOf(sealing) });
  return { station, sealing };
}

function receiptOf({ gateway }: TestCourier, { number }: TestStation, rid: string, at: string) {
  const body = { v: 1, rid, station: number, digest: 'a'.repeat(64), at, epoch: 'first', kind: 'RECEIVED' } as const;
  return { ...signReceipt(body, gateway.keys.signing), _id: receiptId(rid, 'RECEIVED') };
}

async function fill(courier: TestCourier, { station }: Receiver): Promise<{ old: string; young: string }> {
  const [old, young] = [station.packet(1).rid, station.packet(2).rid];
  const at = '2026-02-01T00:00:00.000Z';
  const devices: MasterDevicesBody = {
    v: 1,
    station: station.number,
    number: 1,
    at,
    kind: 'devices',
    blocked: [],
    calibrated: [],
  };
  await writeDown(
    courier.gateway,
    station.number,
    receiptOf(courier, station, old, '2026-02-01T00:00:00.000Z'),
    receiptOf(courier, station, young, '2026-03-01T00:00:00.000Z'),
    { ...signMaster(devices, courier.gateway.keys.signing), _id: masterId('devices') },
    // What the station itself wrote goes nowhere.
    { ...station.packet(3).manifest, _id: `manifest:${station.packet(3).rid}` },
  );
  return { old, young };
}

async function idsIn(
  courier: TestCourier,
  path: string,
  sealing: KeyPair,
  signing = courier.gateway.keys.signing,
): Promise<unknown[]> {
  const trust = { readers: [sealing], direction: 'down', sendersOf: async () => [publicKeyOf(signing)] } as const;
  const bundle = await openBundle(path, trust);
  const entries = await all<BundleEntry>(bundle.entries);
  await bundle.close();
  return entries.map((entry) => (entry.kind === 'document' ? (entry.json as { id: string }).id : entry.kind));
}

describe('what the core has for a station', () => {
  it('goes onto the stick whole, and nothing else does', async () => {
    const courier = await openTestCourier();
    const to = await receiver(courier);
    const { old, young } = await fill(courier, to);
    await fill(courier, await receiver(courier, OTHER_STATION));
    const steps = await courier.carry({ station: to.station.number });
    const written = steps.flatMap((step) => (step.step === 'file' ? [step.path] : []));
    expect(written).toHaveLength(1);
    expect(await idsIn(courier, written[0] ?? '', to.sealing)).toEqual([
      masterId('devices'),
      receiptId(old, 'RECEIVED'),
      receiptId(young, 'RECEIVED'),
    ]);
    expect(steps.at(-1)).toMatchObject({ step: 'written', files: 1, entries: 3, noRoom: 0 });
  });

  it('goes from a time on, together with the master data', async () => {
    const courier = await openTestCourier();
    const to = await receiver(courier);
    const { young } = await fill(courier, to);
    const steps = await courier.carry({ station: to.station.number, since: new Date('2026-02-15T00:00:00Z') });
    const ids = steps.flatMap((step) => (step.step === 'entry' ? [step.id] : []));
    expect(ids).toEqual([masterId('devices'), receiptId(young, 'RECEIVED')]);
  });

  it('has the core’s new keys in front, in a bundle that whoever knows an earlier one believes', async () => {
    const courier = await openTestCourier();
    const { gateway, folder, stick } = courier;
    const { station, sealing } = await receiver(courier);
    const present = { signing: newSigningKeyPair(), sealing: newSealingKeyPair() };
    const succession = signSuccession(gateway.keys.signing, present, new Date('2026-02-01T00:00:00Z'));
    const keys = { ...gateway.keys, ...present, earlier: [{ ...gateway.keys, succession }] };
    await sendCoreKeys(station.number, keys, gateway.databases);
    const core = { keys, databases: gateway.databases, stations: gateway.register, vault: gateway.vault };
    const terms = { processes: new Set<string>(), masterOf: () => undefined };
    const log = pino({ enabled: false });
    const rotated = await openCourier({ folder, core, terms, now: () => new Date('2026-03-02T00:00:00Z'), log });
    const order = { folder: stick, maxFileBytes: 1024 ** 3, maxBytes: undefined, station: station.number };
    const steps = await all(rotated.export({ ...order, since: new Date('2026-03-01T00:00:00Z') }));
    const written = steps.flatMap((step) => (step.step === 'file' ? [step.path] : []));
    for (const signing of [gateway.keys.signing, present.signing]) {
      expect(await idsIn(courier, written[0] ?? '', sealing, signing)).toEqual([CORE_KEYS_ID]);
    }
    const stranger = idsIn(courier, written[0] ?? '', sealing, newSigningKeyPair());
    await expect(stranger).rejects.toMatchObject({ code: 'ENR-CRR-005' });
  });

  it('tells whoever finds the stick nothing', async () => {
    const courier = await openTestCourier();
    const to = await receiver(courier);
    const { old } = await fill(courier, to);
    const steps = await courier.carry({ station: to.station.number });
    const path = steps.flatMap((step) => (step.step === 'file' ? [step.path] : []))[0] ?? '';
    const bytes = await readFile(path);
    for (const told of [old, to.station.number, 'receipt', 'RECEIVED', 'first', '2026-']) {
      expect(bytes.includes(told), told).toBe(false);
    }
    expect(path).not.toContain(to.station.number);
  });

  it('is nothing, and no file, when the core has said nothing', async () => {
    const courier = await openTestCourier();
    const { station } = await receiver(courier);
    expect(await courier.carry({ station: station.number })).toEqual([
      { step: 'written', files: 0, entries: 0, bytes: 0, noRoom: 0 },
    ]);
  });

  it('of a station that nobody registered is an error', async () => {
    const courier = await openTestCourier();
    await expect(courier.carry({ station: OTHER_STATION })).rejects.toMatchObject({ code: 'ENR-AUT-004' });
  });
});
