import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toBase64Url } from '@enroute/shared/crypto/encoding.ts';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { type CoreCard, stationCardSchema } from '@enroute/shared/schemas/cards.ts';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../queue/station-database.fixture.ts';
import {
  createIdentity,
  createOperator,
  hasIdentity,
  hasOperator,
  openIdentity,
  signIn,
  stationCardOf,
  trustCore,
  trustedCore,
} from './station-identity.ts';

const STATION = '1000110077';
const PASSPHRASE = 'correct horse battery';
const PASSWORD = 'staple of the operator';

async function newStation() {
  const folder = await temporaryFolder();
  return { folder, identity: await createIdentity(folder, STATION, PASSPHRASE) };
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

describe("an operator's key", () => {
  it('opens with the password of that operator, and no other way in is told from another', async () => {
    const { folder } = await newStation();
    const session = await createOperator(folder, 'amina', PASSWORD);
    expect(await signIn(folder, 'amina', PASSWORD)).toEqual(session);
    const refusals = await Promise.all(
      [
        ['amina', 'wrong'],
        ['nobody', PASSWORD],
        ['../station-keys', PASSPHRASE],
        ['', ''],
        ['amina/..', PASSWORD],
      ].map(([id = '', password = '']) => signIn(folder, id, password).catch((error: unknown) => error)),
    );
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'ENR-STN-005' });
  });

  it('is never written over, for the core knows it', async () => {
    const { folder, identity } = await newStation();
    const session = await createOperator(folder, 'amina', PASSWORD);
    const card = await stationCardOf(folder, identity);
    await expect(createOperator(folder, 'amina', 'of someone else')).rejects.toThrow(/kept/);
    expect(await signIn(folder, 'amina', PASSWORD)).toEqual(session);
    expect(await stationCardOf(folder, identity)).toEqual(card);
  });

  it('is made anew when a crash has left it without its card', async () => {
    const { folder, identity } = await newStation();
    await createOperator(folder, 'amina', PASSWORD);
    await rm(join(folder, 'operators', 'amina.card.json'));
    expect(hasOperator(folder, 'amina')).toBe(false);
    const session = await createOperator(folder, 'amina', PASSWORD);
    const { operators } = await stationCardOf(folder, identity);
    expect(operators).toEqual([{ id: 'amina', signingKey: publicKeyOf(session.key) }]);
  });

  it('is made for plain ids only', async () => {
    const { folder } = await newStation();
    for (const id of ['', '.', '..', 'a/b', '../amina', 'a b']) {
      await expect(createOperator(folder, id, PASSWORD)).rejects.toThrow();
    }
    expect(await readdir(folder)).toEqual(['station-keys.json']);
  });
});

describe("a station's card", () => {
  it('names the station and its operators, and holds no secret', async () => {
    const { folder, identity } = await newStation();
    const amina = await createOperator(folder, 'amina', PASSWORD);
    const badu = await createOperator(folder, 'badu', PASSWORD);
    const card = await stationCardOf(folder, identity);
    expect(stationCardSchema.parse(card)).toEqual(card);
    expect(card.operators.map(({ id }) => id)).toEqual(['amina', 'badu']);
    const text = JSON.stringify(card);
    for (const key of [identity.signing, identity.sealing, amina.key, badu.key]) {
      expect(text).not.toContain(toBase64Url(key.secretKey));
      expect(text).not.toContain(toBase64Url(key.secretKey.slice(0, 32)));
      expect(text).toContain(toBase64Url(key.publicKey));
    }
  });

  it('is the only thing about keys that lies open in the folder', async () => {
    const { folder, identity } = await newStation();
    const amina = await createOperator(folder, 'amina', PASSWORD);
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
    expect(await trustedCore(folder)).toEqual(card);
  });

  it('is none whose card is not whole', async () => {
    const { folder } = await newStation();
    const forged = { ...card, sealingKey: { ...card.sealingKey, keyId: card.signingKey.keyId } };
    await expect(trustCore(folder, forged)).rejects.toThrow();
    await expect(trustedCore(folder)).rejects.toMatchObject({ code: 'ENR-STN-004' });
  });
});
