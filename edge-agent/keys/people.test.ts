import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { KeyFileCost } from '@enroute/sync/disk/key-file.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../queue/station-database.fixture.ts';
import { changePassword, createPerson, hasPerson, personCards, signIn } from './people.ts';

const PASSWORD = 'staple of amina';
const NOW = new Date('2026-03-01T10:00:00.000Z');
const now = (): Date => NOW;

async function withAmina(cost?: KeyFileCost) {
  const folder = await temporaryFolder();
  return { folder, amina: await createPerson(folder, 'amina', ['operator'], PASSWORD, cost) };
}

describe('a person at a station', () => {
  it('signs in with the password, with the same key and roles each time', async () => {
    const { folder, amina } = await withAmina(QUICK_COST);
    const badu = await createPerson(folder, 'badu', ['operator', 'supervisor'], 'staple of badu', QUICK_COST);
    expect(await signIn(folder, 'amina', PASSWORD, now)).toEqual(amina);
    expect(await signIn(folder, 'badu', 'staple of badu', now)).toEqual(badu);
    expect(badu.roles).toEqual(['operator', 'supervisor']);
  });

  it('has a password in whatever way the keyboard composes it', async () => {
    const folder = await temporaryFolder();
    await createPerson(folder, 'rene', ['operator'], 'caf\u00e9 de la gare', QUICK_COST);
    expect(await signIn(folder, 'rene', 'cafe\u0301 de la gare', now)).toMatchObject({ id: 'rene' });
  });

  it('is told from nobody: every other way in ends in the same refusal, and leaves nothing on the disk', async () => {
    const { folder } = await withAmina(QUICK_COST);
    for (const [id = '', password = ''] of [
      ['amina', 'wrong'],
      ['nobody', PASSWORD],
      ['../station-keys', PASSWORD],
      ['', ''],
      ['amina/..', PASSWORD],
    ]) {
      await expect(signIn(folder, id, password, now)).rejects.toMatchObject({
        code: 'ENR-STN-005',
        detail: undefined,
      });
    }
    const files = await readdir(folder, { recursive: true });
    expect(files.sort()).toEqual([
      'people',
      'people/amina.attempts.json',
      'people/amina.card.json',
      'people/amina.key.json',
    ]);
  });

  it('who does not exist takes as long to refuse as a wrong password', async () => {
    const { folder } = await withAmina();
    const timed = async (id: string): Promise<number> => {
      const began = performance.now();
      await signIn(folder, id, 'wrong', now).catch(() => undefined);
      return performance.now() - began;
    };
    const fastestOf = async (id: string): Promise<number> => Math.min(await timed(id), await timed(id));
    expect(await fastestOf('nobody')).toBeGreaterThan((await fastestOf('amina')) / 3);
  });

  it('has the roles of the encrypted file, whatever the card beside it says', async () => {
    const { folder } = await withAmina(QUICK_COST);
    const path = join(folder, 'people', 'amina.card.json');
    const card = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...card, roles: ['operator', 'supervisor'] }));
    expect((await signIn(folder, 'amina', PASSWORD, now)).roles).toEqual(['operator']);
  });

  it('is not opened by the file of another under this name', async () => {
    const { folder } = await withAmina(QUICK_COST);
    await createPerson(folder, 'badu', ['supervisor'], 'staple of badu', QUICK_COST);
    await copyFile(join(folder, 'people', 'amina.key.json'), join(folder, 'people', 'badu.key.json'));
    await expect(signIn(folder, 'badu', PASSWORD, now)).rejects.toMatchObject({ code: 'ENR-STN-005' });
  });

  it('is never written over, for the core knows the key', async () => {
    const { folder, amina } = await withAmina(QUICK_COST);
    const cards = await personCards(folder);
    await expect(createPerson(folder, 'amina', ['supervisor'], 'of someone else')).rejects.toThrow(/kept/);
    expect(await signIn(folder, 'amina', PASSWORD, now)).toEqual(amina);
    expect(await personCards(folder)).toEqual(cards);
  });

  it('is made anew when a crash has left the key without its card', async () => {
    const { folder } = await withAmina(QUICK_COST);
    await rm(join(folder, 'people', 'amina.card.json'));
    expect(hasPerson(folder, 'amina')).toBe(false);
    const { key } = await createPerson(folder, 'amina', ['supervisor'], PASSWORD, QUICK_COST);
    expect(await personCards(folder)).toEqual([{ id: 'amina', roles: ['supervisor'], signingKey: publicKeyOf(key) }]);
  });

  it('has a plain id, a role and a password of twelve characters, or is not made', async () => {
    const folder = await temporaryFolder();
    for (const id of ['', '.', '..', 'a/b', '../amina', 'a b']) {
      await expect(createPerson(folder, id, ['operator'], PASSWORD)).rejects.toThrow();
    }
    await expect(createPerson(folder, 'amina', [], PASSWORD)).rejects.toThrow();
    await expect(createPerson(folder, 'amina', ['operator', 'operator'], PASSWORD)).rejects.toThrow(/once/);
    const short = await createPerson(folder, 'amina', ['operator'], 'planted-pwd').catch(String);
    expect(short).toContain('at least 12 characters');
    expect(short).not.toContain('planted');
    expect(await readdir(folder)).toEqual([]);
    expect(await personCards(folder)).toEqual([]);
  });

  it('changes the password and keeps the key', async () => {
    const { folder, amina } = await withAmina(QUICK_COST);
    const cards = await personCards(folder);
    const change = (from: string, to: string) => changePassword(folder, 'amina', from, to, now);
    await expect(change('wrong', 'a new long password')).rejects.toMatchObject({ code: 'ENR-STN-005' });
    await expect(change(PASSWORD, 'too short')).rejects.toThrow(/at least 12/);
    expect(await signIn(folder, 'amina', PASSWORD, now)).toEqual(amina);
    await change(PASSWORD, 'a new long password');
    await expect(signIn(folder, 'amina', PASSWORD, now)).rejects.toMatchObject({ code: 'ENR-STN-005' });
    expect(await signIn(folder, 'amina', 'a new long password', now)).toEqual(amina);
    expect(await personCards(folder)).toEqual(cards);
  });
});

describe('far too many sign-ins at once', () => {
  it('are refused beyond a number, and those that wait are all carried out', async () => {
    const { folder } = await withAmina(QUICK_COST);
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => signIn(folder, 'amina', 'wrong', now)));
    const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'in'));
    const count = (code: string): number => codes.filter((one) => one === code).length;
    expect([count('ENR-STN-005'), count('ENR-STN-007'), count('ENR-WEB-002')]).toEqual([5, 27, 8]);
  });
});
