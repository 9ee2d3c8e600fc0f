/** What the tests of uploads share. */
import { readdir } from 'node:fs/promises';
import { expect } from 'vitest';
import {
  announce,
  openTestGateway,
  registered,
  registrationOf,
  type TestGateway,
  type TestPacket,
  type TestStation,
} from './gateway.fixture.ts';

const SIZE = 200_000;

export interface Scene {
  readonly gateway: TestGateway;
  readonly station: TestStation;
  readonly packet: TestPacket;
  readonly bytes: Uint8Array;
}

/** A gateway that a packet was announced to. */
export async function announced(size = SIZE): Promise<Scene> {
  const gateway = await openTestGateway();
  const station = await registered(gateway);
  const packet = station.packet(1, size);
  await announce(gateway, station, packet);
  return { gateway, station, packet, bytes: packet.sealed.bytes };
}

export async function expectReceived({ gateway, packet }: Scene): Promise<void> {
  expect(await registrationOf(gateway, packet.rid)).toMatchObject({ state: 'RECEIVED' });
  expect(await gateway.vault.read(packet.sealed.digest)).toEqual(packet.sealed.bytes);
  expect(await readdir(gateway.incomingFolder)).toEqual([]);
}
