/** What becomes of an upload whose station loses its rights while it sends. */
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { describe, expect, it } from 'vitest';
import { openStationAdministration, type StationAdministration } from '../../stations/station-administration.ts';
import { type GatewaySettings, registrationOf, STATION, tus } from '../gateway.fixture.ts';
import { announced, expectReceived, openPatch, type Scene, until } from './upload.fixture.ts';

const BY = 'noor';
const SIZE = 200_000;

async function open(settings: Partial<GatewaySettings> = {}) {
  const scene = await announced(SIZE, settings);
  const { gateway, station, packet } = scene;
  await tus.create(gateway, station, packet);
  const { register, keys, url, options } = gateway;
  const administration = openStationAdministration({ register, keys, gateway: { url }, now: options.now });
  return { scene, administration };
}

async function shutOut({ gateway, station }: Scene, how: string, by: StationAdministration): Promise<void> {
  if (how === 'revoked') await by.revoke(STATION, BY, 'refuse');
  if (how === 'suspended') await by.suspend(STATION, BY);
  if (how !== 'given other keys') return;
  const [signingKey, sealingKey] = [publicKeyOf(newSigningKeyPair()), publicKeyOf(newSealingKeyPair())];
  await gateway.register.register({ ...station.card, signingKey, sealingKey });
}

describe('a station that sends', () => {
  it.each([
    ['revoked', 403, 'ENR-AUT-007'],
    ['suspended', 403, 'ENR-AUT-005'],
    ['given other keys', 401, 'ENR-AUT-002'],
  ])('and is %s meanwhile is told so, and its packet is not received', async (how, status, code) => {
    const { scene, administration } = await open();
    const { gateway, packet, bytes } = scene;
    const patch = await openPatch(scene);
    patch.request.write(bytes.subarray(0, SIZE / 2));
    await until(async () => (await gateway.incoming.offsetOf(packet.id)) === SIZE / 2);
    await shutOut(scene, how, administration);
    patch.request.end(bytes.subarray(SIZE / 2));
    const answer = await patch.answer;
    expect(answer?.status).toBe(status);
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ error: code });
    expect(await registrationOf(gateway, packet.rid)).toMatchObject({ state: 'ANNOUNCED' });
    expect(await gateway.vault.has(packet.sealed.digest)).toBe(false);
  });

  it('and is shut out is not listened to until the end: it is told with the next look at its progress', async () => {
    const { scene, administration } = await open({ progressMs: 20 });
    const { gateway, packet, bytes } = scene;
    const patch = await openPatch(scene);
    await shutOut(scene, 'revoked', administration);
    patch.request.write(bytes.subarray(0, SIZE / 2));
    expect(await patch.answer).toMatchObject({ status: 403, body: expect.stringContaining('ENR-AUT-007') });
    patch.request.destroy();
    expect(await registrationOf(gateway, packet.rid)).toMatchObject({ state: 'ANNOUNCED' });
  });

  it('and was suspended goes on where it was when it is let in again', async () => {
    const { scene, administration } = await open();
    const { gateway, station, packet, bytes } = scene;
    const patch = await openPatch(scene);
    patch.request.write(bytes.subarray(0, SIZE / 2));
    await until(async () => (await gateway.incoming.offsetOf(packet.id)) === SIZE / 2);
    await shutOut(scene, 'suspended', administration);
    patch.request.end(bytes.subarray(SIZE / 2));
    expect(await patch.answer).toMatchObject({ status: 403 });
    await administration.reinstate(STATION, BY);
    // All of it is there: the first question receives it.
    expect((await tus.head(gateway, station, packet.id)).status).toBe(409);
    await expectReceived(scene);
  });
});
