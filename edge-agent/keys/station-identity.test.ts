import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toBase64Url } from '@enroute/shared/crypto/encoding.ts';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { type CoreCard, stationCardSchema } from '@enroute/shared/schemas/cards.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../queue/station-database.fixture.ts';
import { createPerson, type PersonSession } from './people.ts';
import { createIdentity, hasIdentity, openIdentity, stationCardOf } from './station-identity.ts';
import { trustCore, trustedCore } from './trusted-core.ts';

const STATION = '1000110077';
const PASSPHRASE = 'correct horse battery';
const PASSWORD = 'staple of the person';

async function newStation() {
  const folder = await temporaryFolder();
  return { folder, identity: await createIdentity(folder, STATION, PASSPHRASE, QUICK_COST) };
}

describe("a station's keys", () => {
  it('open with the passphrase that closed them', async () => {
    const { folder, identity } = await newStation();
    expect(hasIdentity(folder)).toBe(true);
    expect(await openIdentity(folder, PASSPHRASE)).toEqual(identity);
  });

  it('do not open with another one, nor after the file was changed', async () => {
    const { folder } = await newStation();
    await expect(openIdentity(folder, 'wrong')).rejects.toMatchObject({ code: 'ENR-STN-005' });
    const path = join(folder, 'station-keys.json');
    const file = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...file, box: `${file.box.slice(0, -8)}AAAAAAAA` }));
    await expect(openIdentity(folder, PASSPHRASE)).rejects.toMatchObject({ code: 'ENR-STN-005' });
  });

  it('are never written over', async () => {
    const { folder, identity } = await newStation();
    await expect(createIdentity(folder, '1000110078', 'another')).rejects.toThrow(/kept/);
    expect(await openIdentity(folder, PASSPHRASE)).toEqual(identity);
  });

  it('are not made for what is no station', async () => {
    const folder = await temporaryFolder();
    await expect(createIdentity(folder, '77', PASSPHRASE)).rejects.toThrow();
    expect(hasIdentity(folder)).toBe(false);
  });
});

describe('the keys of a station and of its people, as they are made in the field', () => {
  it('take whoever guesses 64 MiB and three passes for each guess', async () => {
    const folder = await temporaryFolder();
    await createIdentity(folder, STATION, PASSPHRASE);
    await createPerson(folder, 'amina', ['operator'], PASSWORD);
    for (const path of ['station-keys.json', 'people/amina.key.json']) {
      const { kdf } = JSON.parse(await readFile(join(folder, path), 'utf8'));
      expect(kdf, path).toMatchObject({ name: 'argon2id', memoryKiB: 64 * 1024, passes: 3 });
    }
  });
});

describe("a station's card", () => {
  it('names the station and its people by what they may do, and holds no secret', async () => {
    const { folder, identity } = await newStation();
    const amina = await createPerson(folder, 'amina', ['operator'], PASSWORD, QUICK_COST);
    const badu = await createPerson(folder, 'badu', ['operator', 'supervisor'], PASSWORD, QUICK_COST);
    const chipo = await createPerson(folder, 'chipo', ['supervisor'], PASSWORD, QUICK_COST);
    const card = await stationCardOf(folder, identity);
    expect(stationCardSchema.parse(card)).toEqual(card);
    const entry = ({ id, key }: PersonSession) => ({ id, signingKey: publicKeyOf(key) });
    expect(card.operators).toEqual([entry(amina), entry(badu)]);
    expect(card.supervisors).toEqual([entry(badu), entry(chipo)]);
    const text = JSON.stringify(card);
    for (const key of [identity.signing, identity.sealing, amina.key, badu.key, chipo.key]) {
      expect(text).not.toContain(toBase64Url(key.secretKey));
      expect(text).not.toContain(toBase64Url(key.secretKey.slice(0, 32)));
      expect(text).toContain(toBase64Url(key.publicKey));
    }
  });

  it('is the only thing about keys that lies open in the folder', async () => {
    const { folder, identity } = await newStation();
    const amina = await createPerson(folder, 'amina', ['operator'], PASSWORD, QUICK_COST);
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name).sort()).toEqual(['amina.card.json', 'amina.key.json', 'station-keys.json']);
    for (const { parentPath, name } of files) {
      const text = await readFile(join(parentPath, name), 'utf8');
      for (const key of [identity.signing, identity.sealing, amina.key]) {
        expect(text, name).not.toContain(toBase64Url(key.secretKey.slice(0, 32)).slice(0, 42));
      }
    }
  });
});

describe('the core that a station trusts', () => {
  const card: CoreCard = {
    v: 1,
    epoch: 'first',
    signingKey: publicKeyOf(newSigningKeyPair()),
    sealingKey: publicKeyOf(newSealingKeyPair()),
  };

  it('is the one whose card it was given', async () => {
    const { folder } = await newStation();
    await expect(trustedCore(folder)).rejects.toMatchObject({ code: 'ENR-STN-004' });
    await trustCore(folder, card);
    expect(await trustedCore(folder)).toEqual({ ...card, earlierSigningKeys: [] });
  });

  it('is none whose card is not whole', async () => {
    const { folder } = await newStation();
    const forged = { ...card, sealingKey: { ...card.sealingKey, keyId: card.signingKey.keyId } };
    await expect(trustCore(folder, forged)).rejects.toThrow();
    await expect(trustedCore(folder)).rejects.toMatchObject({ code: 'ENR-STN-004' });
  });
});
