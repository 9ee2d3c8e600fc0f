import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import {
  CORE_KEYS_ID,
  coreKeysSchema,
  followSuccessions,
  MAX_SUCCESSIONS,
  type Succession,
  signStationKeys,
  stationKeysTakenSchema,
  verifyStationKeysTaken,
} from '@enroute/shared/schemas/key-rotation.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type CoreKeys,
  openCoreKeys,
  openKeysOfStore,
  renewEpoch,
  rotateCoreKeys,
  sealingKeyFor,
  signingKeysOf,
} from './keys.ts';
import { rotateStationKeys } from './stations/rotate-keys.ts';
import { sendCoreKeys, tellCoreKeys } from './stations/send-core-keys.ts';
import { newMachine, OTHER_STATION, openTestTrust, STATION, type TestTrust } from './stations/trust.fixture.ts';

const NOW = new Date('2026-03-01T10:00:00.000Z');
const PASSPHRASE = 'correct horse';
/** Nobody guesses here. */
const QUICK = { memoryKiB: 8, passes: 1 };

async function newKeyFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'enroute-rotation-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'core-keys.json');
}

describe("the core's new keys", () => {
  it('take the place of the old ones, which still open what was sealed for them; all else stays', async () => {
    const path = await newKeyFile();
    const first = await openCoreKeys(path, PASSPHRASE, QUICK);
    await expect(rotateCoreKeys(path, 'wrong', NOW)).rejects.toMatchObject({ code: 'ENR-STN-005' });
    const signing = await rotateCoreKeys(path, PASSPHRASE, NOW, QUICK);
    const second = await openCoreKeys(path, PASSPHRASE);
    expect(second).toMatchObject({ epoch: first.epoch, generation: 0, storage: first.storage, dedupe: first.dedupe });
    expect(second.signing.keyId).toBe(signing);
    expect(sealingKeyFor(second, first.sealing.keyId)).toEqual(first.sealing);
    expect(sealingKeyFor(second, second.sealing.keyId)).toEqual(second.sealing);
    expect(signingKeysOf(second)).toEqual([second.signing, first.signing]);
    await renewEpoch(path, PASSPHRASE, NOW, QUICK);
    expect((await openCoreKeys(path, PASSPHRASE)).earlier).toEqual(second.earlier);
  });

  it('lead on from every key that a station may still trust, and however often, nothing that was sealed is lost', async () => {
    const trust = await openTestTrust();
    const path = await newKeyFile();
    const pairs = [await openCoreKeys(path, PASSPHRASE, QUICK)];
    for (let rotations = 0; rotations < 20; rotations += 1) {
      await rotateCoreKeys(path, PASSPHRASE, NOW, QUICK);
      pairs.unshift(await openCoreKeys(path, PASSPHRASE));
    }
    const [keys, oldest] = [pairs[0], pairs.at(-1)];
    if (!keys || !oldest) throw new Error('no keys');
    for (const { sealing } of pairs) expect(sealingKeyFor(keys, sealing.keyId)).toEqual(sealing);
    expect(signingKeysOf(keys)).toEqual(pairs.map(({ signing }) => signing));
    await sendCoreKeys(STATION, keys, trust.databases);
    const successions = await toldTo(trust, STATION);
    expect(successions).toHaveLength(MAX_SUCCESSIONS);
    const known = (back: number) => publicKeyOf((pairs[back] ?? keys).signing);
    expect(followSuccessions(known(MAX_SUCCESSIONS), successions)).toHaveLength(MAX_SUCCESSIONS);
    expect(followSuccessions(known(3), successions).at(-1)?.sealingKey).toEqual(publicKeyOf(keys.sealing));
    expect(followSuccessions(known(MAX_SUCCESSIONS + 1), successions)).toEqual([]);
  });

  it('keep no station from changing its own, however often both have', async () => {
    const trust = await openTestTrust();
    const path = await newKeyFile();
    const machine = newMachine();
    await trust.register.register(machine.card);
    let core = await openCoreKeys(path, PASSPHRASE, QUICK);
    let own = machine.keys;
    for (let rotations = 0; rotations < 20; rotations += 1) {
      const known = publicKeyOf(core.signing);
      await rotateCoreKeys(path, PASSPHRASE, NOW, QUICK);
      core = await openCoreKeys(path, PASSPHRASE);
      const next = { signing: newSigningKeyPair(), sealing: newSealingKeyPair() };
      const statement = signStationKeys(STATION, own.signing, next, known);
      const taken = await rotateStationKeys(STATION, statement, { ...trust, keys: core, now: () => NOW });
      expect(verifyStationKeysTaken(stationKeysTakenSchema.parse(taken), known)).toBe(true);
      own = next;
    }
    expect((await trust.register.card(STATION)).signingKey).toEqual(publicKeyOf(own.signing));
    expect(await trust.register.cardsInForce(STATION)).toHaveLength(13);
  });

  it('are the store’s from then on: a machine that still has the file of before is refused', async () => {
    const { databases } = await openTestTrust();
    const path = await newKeyFile();
    await openCoreKeys(path, PASSPHRASE, QUICK);
    await openKeysOfStore(path, PASSPHRASE, databases.leases);
    await copyFile(path, `${path}.before`);
    await rotateCoreKeys(path, PASSPHRASE, NOW, QUICK);
    await rotateCoreKeys(path, PASSPHRASE, NOW, QUICK);
    const keys = await openKeysOfStore(path, PASSPHRASE, databases.leases);
    expect(await openKeysOfStore(path, PASSPHRASE, databases.leases)).toEqual(keys);
    const old = openKeysOfStore(`${path}.before`, PASSPHRASE, databases.leases);
    await expect(old).rejects.toMatchObject({ code: 'ENR-OPS-003' });
  });

  it.each([
    ['once, where nobody else has the store', false],
    ['at each start, where others may have told an earlier word since', true],
  ])('are told to every station: %s', async (_when, isShared) => {
    const trust = await openTestTrust();
    for (const station of [STATION, OTHER_STATION]) await trust.register.register(newMachine(station).card);
    const path = await newKeyFile();
    const first = await openCoreKeys(path, PASSPHRASE, QUICK);
    const tell = (keys: CoreKeys) => tellCoreKeys({ ...trust, keys, isShared });
    await tell(first);
    const channel = await trust.databases.channel(STATION);
    expect(await channel.get(CORE_KEYS_ID)).toBeUndefined();
    await rotateCoreKeys(path, PASSPHRASE, NOW, QUICK);
    const second = await openCoreKeys(path, PASSPHRASE);
    for (let starts = 0; starts < 2; starts += 1) await tell(second);
    for (const station of [STATION, OTHER_STATION]) {
      expect((await (await trust.databases.channel(station)).get(CORE_KEYS_ID))?._rev).toMatch(/^1-/);
      expect(followSuccessions(publicKeyOf(first.signing), await toldTo(trust, station))).toMatchObject([
        { sealingKey: publicKeyOf(second.sealing) },
      ]);
    }
    // A gateway with the keys of before has enrolled a third meanwhile.
    const third = '1000110079';
    await trust.register.register(newMachine(third).card);
    await sendCoreKeys(third, first, trust.databases);
    await tell(second);
    const told = await (await trust.databases.channel(third)).get(CORE_KEYS_ID);
    expect(told !== undefined).toBe(isShared);
  });

  it('are not taken back by a process that has not heard of them', async () => {
    const trust = await openTestTrust();
    const path = await newKeyFile();
    await openCoreKeys(path, PASSPHRASE, QUICK);
    const rotated: CoreKeys[] = [];
    for (let rotations = 0; rotations < 3; rotations += 1) {
      await rotateCoreKeys(path, PASSPHRASE, NOW, QUICK);
      rotated.push(await openCoreKeys(path, PASSPHRASE));
    }
    const [behind, , present] = rotated;
    if (!behind || !present) throw new Error('no keys');
    await sendCoreKeys(STATION, present, trust.databases);
    await sendCoreKeys(STATION, behind, trust.databases);
    expect(await toldTo(trust, STATION)).toHaveLength(3);
  });

  it('are the old ones or the new ones when the power goes, whenever that is, and never neither', async () => {
    const path = await newKeyFile();
    const first = await openCoreKeys(path, PASSPHRASE, QUICK);
    const found: string[] = [];
    for (const step of DISK_STEPS) {
      const before = await openCoreKeys(path, PASSPHRASE);
      await killedAt(step, path);
      const after = await openCoreKeys(path, PASSPHRASE);
      const isNew = after.signing.keyId !== before.signing.keyId;
      found.push(`${step} ${isNew ? 'new' : 'old'}`);
      expect(sealingKeyFor(after, first.sealing.keyId)).toEqual(first.sealing);
      expect(signingKeysOf(after).slice(isNew ? 1 : 0)).toEqual(signingKeysOf(before));
    }
    expect(found).toEqual(['written old', 'synced old', 'renamed new']);
  });
});

async function toldTo({ databases }: TestTrust, station: string): Promise<readonly Succession[]> {
  const { _id, _rev, ...body } = (await (await databases.channel(station)).get(CORE_KEYS_ID)) ?? {};
  return coreKeysSchema.parse(body).successions;
}

const DISK_STEPS = ['written', 'synced', 'renamed'] as const;

/** Rotates in a process of its own, which dies right after that step. */
async function killedAt(step: (typeof DISK_STEPS)[number], path: string): Promise<void> {
  const program = join(import.meta.dirname, 'rotate-until-killed.ts');
  const child = spawn(process.execPath, [program, path, PASSPHRASE, step], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
}
