import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64Url } from '@enroute/shared/crypto/encoding.ts';
import { keyPairToJson, newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import {
  CORE_KEYS_ID,
  coreKeysSchema,
  followSuccessions,
  signSuccession,
} from '@enroute/shared/schemas/key-rotation.ts';
import { writeKeyFile } from '@enroute/sync/disk/key-file.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openCoreKeys, openKeysOfStore, renewEpoch, rotateCoreKeys, sealingKeyFor, signingKeysOf } from './keys.ts';
import { tellCoreKeys } from './stations/send-core-keys.ts';
import { newCoreKeys, newMachine, OTHER_STATION, openTestTrust, STATION } from './stations/trust.fixture.ts';

const NOW = new Date('2026-03-01T10:00:00.000Z');
const PASSPHRASE = 'correct horse';

async function newKeyFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-rotation-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'core-keys.json');
}

describe("the core's new keys", () => {
  it('take the place of the old ones, which still open what was sealed for them; all else stays', async () => {
    const path = await newKeyFile();
    const first = await openCoreKeys(path, PASSPHRASE);
    await expect(rotateCoreKeys(path, 'wrong', NOW)).rejects.toMatchObject({ code: 'ENR-STN-005' });
    const signing = await rotateCoreKeys(path, PASSPHRASE, NOW);
    const second = await openCoreKeys(path, PASSPHRASE);
    expect(second).toMatchObject({ epoch: first.epoch, generation: 0, storage: first.storage, dedupe: first.dedupe });
    expect(second.signing.keyId).toBe(signing);
    expect(sealingKeyFor(second, first.sealing.keyId)).toEqual(first.sealing);
    expect(sealingKeyFor(second, second.sealing.keyId)).toEqual(second.sealing);
    expect(signingKeysOf(second)).toEqual([second.signing, first.signing]);
    await renewEpoch(path, PASSPHRASE, NOW);
    expect((await openCoreKeys(path, PASSPHRASE)).earlier).toEqual(second.earlier);
  });

  it('lead on from every key that a station may still trust, and no further back than is kept', async () => {
    const path = await newKeyFile();
    const { storage, dedupe } = newCoreKeys();
    const pairs = Array.from({ length: 17 }, () => ({ signing: newSigningKeyPair(), sealing: newSealingKeyPair() }));
    const steps = pairs.slice(1).map((next, index) => ({ before: pairs[index] ?? next, next }));
    const toJson = ({ signing, sealing }: (typeof pairs)[number]) => ({
      signing: keyPairToJson(signing),
      sealing: keyPairToJson(sealing),
    });
    const earlier = steps
      .map(({ before, next }) => ({ ...toJson(before), succession: signSuccession(before.signing, next, NOW) }))
      .reverse();
    const secrets = { storage: toBase64Url(storage), dedupe: toBase64Url(dedupe) };
    const [first, second, last] = [pairs[0], pairs[1], pairs.at(-1)];
    if (!first || !second || !last) throw new Error('no pairs');
    await writeKeyFile(path, PASSPHRASE, { epoch: 'first', generation: 0, ...toJson(last), earlier, ...secrets });
    const chain = async () =>
      (await openCoreKeys(path, PASSPHRASE)).earlier.map(({ succession }) => succession).reverse();
    expect(followSuccessions(publicKeyOf(first.signing), await chain())).toHaveLength(16);
    await rotateCoreKeys(path, PASSPHRASE, NOW);
    expect(await chain()).toHaveLength(16);
    expect(followSuccessions(publicKeyOf(first.signing), await chain())).toEqual([]);
    expect(followSuccessions(publicKeyOf(second.signing), await chain())).toHaveLength(16);
  });

  it('are the store’s from then on: a machine that still has the file of before is refused', async () => {
    const { databases } = await openTestTrust();
    const path = await newKeyFile();
    await openKeysOfStore(path, PASSPHRASE, databases.leases);
    await copyFile(path, `${path}.before`);
    await rotateCoreKeys(path, PASSPHRASE, NOW);
    await rotateCoreKeys(path, PASSPHRASE, NOW);
    const keys = await openKeysOfStore(path, PASSPHRASE, databases.leases);
    expect(await openKeysOfStore(path, PASSPHRASE, databases.leases)).toEqual(keys);
    const old = openKeysOfStore(`${path}.before`, PASSPHRASE, databases.leases);
    await expect(old).rejects.toMatchObject({ code: 'ENR-OPS-003' });
  });

  it('are told to every station, once', async () => {
    const trust = await openTestTrust();
    for (const station of [STATION, OTHER_STATION]) await trust.register.register(newMachine(station).card);
    const path = await newKeyFile();
    const first = await openCoreKeys(path, PASSPHRASE);
    await tellCoreKeys(first, trust.register, trust.databases);
    const channel = await trust.databases.channel(STATION);
    expect(await channel.get(CORE_KEYS_ID)).toBeUndefined();
    await rotateCoreKeys(path, PASSPHRASE, NOW);
    const second = await openCoreKeys(path, PASSPHRASE);
    for (let starts = 0; starts < 2; starts += 1) await tellCoreKeys(second, trust.register, trust.databases);
    for (const station of [STATION, OTHER_STATION]) {
      const { _id, _rev, ...body } = (await (await trust.databases.channel(station)).get(CORE_KEYS_ID)) ?? {};
      expect(_rev).toMatch(/^1-/);
      const { successions } = coreKeysSchema.parse(body);
      expect(followSuccessions(publicKeyOf(first.signing), successions)).toMatchObject([
        { sealingKey: publicKeyOf(second.sealing) },
      ]);
    }
  });
});
