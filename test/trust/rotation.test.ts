/** A station changes its keys with packets in its queue, is killed wherever that hurts, and loses none of them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  announce,
  NOW,
  newStation,
  openTestGateway,
  registrationOf,
  STATION,
  type TestStation,
  tus,
} from '@enroute/core/gateway/gateway.fixture.ts';
import { runStation, SECRETS } from '@enroute/edge-agent/cli/desk.fixture.ts';
import { EXIT } from '@enroute/edge-agent/cli/exit-codes.ts';
import {
  openIdentity,
  openingKey,
  ownSigningKeys,
  type StationIdentity,
  writeIdentity,
} from '@enroute/edge-agent/keys/station-identity.ts';
import { trustCore } from '@enroute/edge-agent/keys/trusted-core.ts';
import { temporaryFolder } from '@enroute/edge-agent/queue/station-database.fixture.ts';
import { newSealingKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { openResult, sealResult } from '@enroute/shared/schemas/result.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { signStationToken } from '@enroute/sync/link/station-token.ts';
import { describe, expect, it } from 'vitest';
import { openLossyWay } from './lossy-gateway.fixture.ts';

const PASSPHRASE = SECRETS.ENROUTE_STATION_PASSPHRASE;
const QUEUED = 20;

async function openScene() {
  const gateway = await openTestGateway();
  const way = await openLossyWay(gateway.url);
  const folder = await temporaryFolder();
  const station = newStation(gateway);
  const identity: StationIdentity = {
    station: STATION,
    signing: station.signing,
    sealing: newSealingKeyPair(),
    earlier: [],
  };
  await writeIdentity(folder, PASSPHRASE, identity, QUICK_COST);
  await trustCore(folder, gateway.options.card);
  await gateway.register.register({ ...station.card, sealingKey: publicKeyOf(identity.sealing) });
  const rotate = () => runStation(['rotate-keys', '--folder', folder, '--gateway', way.url, '--json'], SECRETS);
  const present = () => openIdentity(folder, PASSPHRASE);
  return { gateway, way, folder, station, identity, rotate, present };
}

/** The same station, which shows itself with the keys that it has by now. */
function withKeysOf({ signing }: StationIdentity, station: TestStation): TestStation {
  return { ...station, authorization: async () => `Bearer ${await signStationToken(STATION, signing, NOW)}` };
}

describe('a station that rotates its keys', () => {
  it('sends all that it has signed before, and reads what was sealed for it before', async () => {
    const { gateway, station, identity, rotate, present } = await openScene();
    const queued = Array.from({ length: QUEUED }, (_none, index) => station.packet(index + 1));
    const content = { rid: station.packet(99).rid, disclosure: 'full', uin: '2431792569' } as const;
    const { signing } = gateway.keys;
    const result = sealResult(content, STATION, NOW, publicKeyOf(identity.sealing), signing);
    expect(await rotate()).toMatchObject({ code: EXIT.done });
    const rotated = await present();
    expect(rotated.signing.keyId).not.toBe(identity.signing.keyId);
    expect(ownSigningKeys(rotated)).toEqual([rotated.signing, identity.signing].map(publicKeyOf));
    expect(openResult(result, openingKey(rotated, result.keyId), publicKeyOf(signing))).toEqual(content);

    const after = withKeysOf(rotated, station);
    const answer = await announce(gateway, after, ...queued);
    expect(answer.json).toEqual(queued.map(() => expect.objectContaining({ ok: true })));
    for (const packet of queued) {
      expect((await tus.create(gateway, after, packet)).status).toBe(201);
      expect((await tus.patch(gateway, after, packet.id, 0, packet.sealed.bytes)).status).toBe(204);
      expect(await registrationOf(gateway, packet.rid)).toMatchObject({ state: 'RECEIVED' });
    }
    expect((await announce(gateway, station, station.packet(98))).json).toMatchObject({ error: 'ENR-AUT-002' });
  });

  it.each(['begun', 'answered', 'finished'])('and is killed when that is %s goes on from there', async (point) => {
    const { gateway, way, folder, station, rotate, present } = await openScene();
    const queued = station.packet(1);
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'rotate-until-killed.ts'), folder, way.url, PASSPHRASE, point, NOW.toISOString()],
      { stdio: 'inherit' },
    );
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    const left = await present();
    expect(left.next === undefined).toBe(point === 'finished');
    if (point !== 'finished') expect(await rotate()).toMatchObject({ code: EXIT.done });
    const rotated = await present();
    // The very keys that were made before the kill.
    if (left.next) expect(rotated.signing).toEqual(left.next.signing);
    expect(await gateway.register.card(STATION)).toMatchObject({
      signingKey: publicKeyOf(rotated.signing),
      sealingKey: publicKeyOf(rotated.sealing),
    });
    const answer = await announce(gateway, withKeysOf(rotated, station), queued);
    expect(answer.json).toMatchObject([{ ok: true }]);
  });

  it('keeps its old keys until it has heard the core, however often the answer is lost', async () => {
    const { gateway, way, rotate, present, identity } = await openScene();
    way.lose = 1;
    expect((await rotate()).json()).toMatchObject({ error: 'ENR-TRU-015' });
    const between = await present();
    expect(between.signing).toEqual(identity.signing);
    const known = await gateway.register.card(STATION);
    expect(known.signingKey.keyId).toBe(between.next?.signing.keyId);
    expect(await rotate()).toMatchObject({ code: EXIT.done });
    expect((await present()).signing).toEqual(between.next?.signing);
    expect((await gateway.register.entry(STATION))?.earlier).toHaveLength(1);
  });
});
