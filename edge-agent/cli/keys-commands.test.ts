import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../queue/station-database.fixture.ts';
import { AMINA, openTestDesk, runStation, SECRETS } from './desk.fixture.ts';
import { EXIT } from './exit-codes.ts';

const NEW_PASSWORD = { ENROUTE_NEW_PASSWORD: 'another planted password' };

describe('setting a station up', () => {
  it('goes from an empty folder to a station that is ready, step by step', async () => {
    const folder = join(await temporaryFolder(), 'station');
    const run = (args: string[], env = {}) => runStation([...args, '--folder', folder], { ...SECRETS, ...env });
    expect(await run(['status'])).toMatchObject({ code: EXIT.notSetUp, err: expect.stringContaining('ENR-CLI-001') });
    const made = await run(['init', '1000110077', '--json']);
    expect(made.json()).toEqual({ station: '1000110077', folder });
    const person = ['person', 'amina', '--role', 'supervisor', '--role', 'operator'];
    expect((await run([...person, '--json'], NEW_PASSWORD)).json()).toEqual({
      id: 'amina',
      roles: ['supervisor', 'operator'],
    });
    const card = (await run(['card'])).json();
    expect(card).toMatchObject({ station: '1000110077', operators: [{ id: 'amina' }], supervisors: [{ id: 'amina' }] });
    expect(await run(['status'])).toMatchObject({ code: EXIT.notSetUp, err: expect.stringContaining('ENR-STN-004') });

    const core = { signingKey: publicKeyOf(newSigningKeyPair()), sealingKey: publicKeyOf(newSealingKeyPair()) };
    const cardPath = join(folder, 'card.json');
    await writeFile(cardPath, JSON.stringify({ v: 1, epoch: 'first', ...core }));
    expect((await run(['trust', cardPath, '--json'])).json()).toEqual({ epoch: 'first' });
    expect((await run(['status', '--json'])).json()).toMatchObject({ station: '1000110077', link: null });
    for (const name of ['station-keys.json', 'core-card.json', 'people/amina.key.json']) {
      expect((await stat(join(folder, name))).mode & 0o077, name).toBe(0);
    }
  });

  it('replaces no keys: neither the station’s nor a person’s', async () => {
    const { folder, run } = await openTestDesk();
    const keys = [join(folder, 'station-keys.json'), join(folder, 'people', 'amina.key.json')];
    const before = await Promise.all(keys.map((path) => readFile(path, 'utf8')));
    for (const args of [
      ['init', '1000110078'],
      ['person', 'amina', '--role', 'operator'],
    ]) {
      const again = await run([...args, '--json'], NEW_PASSWORD);
      expect(again).toMatchObject({ code: EXIT.refused });
      expect(again.json()).toMatchObject({ error: 'ENR-CLI-003', next: expect.any(String) });
    }
    expect(await Promise.all(keys.map((path) => readFile(path, 'utf8')))).toEqual(before);
  });

  it('changes a password for whoever knows the old one', async () => {
    const { run } = await openTestDesk();
    const wrong = { ENROUTE_PERSON_PASSWORD: 'no planted password', ...NEW_PASSWORD };
    expect(await run(['password', 'amina'], wrong)).toMatchObject({
      code: EXIT.signInFailed,
      err: expect.stringContaining('ENR-STN-005'),
    });
    expect(await run(['password', 'amina'], { ...AMINA, ...NEW_PASSWORD })).toMatchObject({ code: EXIT.done, err: '' });
    const old = await run(['password', 'amina'], { ...AMINA, ...NEW_PASSWORD });
    expect(old.code).toBe(EXIT.signInFailed);
    const short = { ENROUTE_PERSON_PASSWORD: NEW_PASSWORD.ENROUTE_NEW_PASSWORD, ENROUTE_NEW_PASSWORD: 'short' };
    expect(await run(['password', 'amina'], short)).toMatchObject({
      code: EXIT.wrongUsage,
      err: expect.stringContaining('at least 12 characters'),
    });
  });

  it('locks sign-in after five wrong passwords, and says until when', async () => {
    const { run } = await openTestDesk();
    const wrong = { ENROUTE_PERSON_PASSWORD: 'no planted password', ...NEW_PASSWORD };
    for (let tries = 0; tries < 5; tries += 1) await run(['password', 'amina'], wrong);
    const locked = await run(['password', 'amina', '--json'], { ...AMINA, ...NEW_PASSWORD });
    expect(locked.code).toBe(EXIT.signInFailed);
    expect(locked.json()).toMatchObject({ error: 'ENR-STN-007', detail: 'until 2026-03-01T10:01:00.000Z' });
  });

  it('names what is missing or wrong, and nothing of what was given', async () => {
    const { folder, run } = await openTestDesk();
    const notACard = join(folder, 'station-keys.json');
    for (const [args, env, told] of [
      [['init', '12'], {}, 'ten digits'],
      [['person', 'badu'], NEW_PASSWORD, '--role'],
      [['person', 'badu', '--role', 'king'], NEW_PASSWORD, 'operator or supervisor'],
      [['person', 'badu', '--role', 'operator'], {}, 'ENROUTE_NEW_PASSWORD'],
      [['person', 'badu', '--role', 'operator'], { ENROUTE_NEW_PASSWORD: 'short' }, '12 characters'],
      [['password', 'badu'], { ...AMINA, ...NEW_PASSWORD }, 'ENROUTE_PERSON'],
      [['trust', notACard], {}, "not a core's card"],
      [['trust', join(folder, 'nothing')], {}, 'can not be read'],
      [['nonsense'], {}, 'unknown command'],
    ] as const) {
      const ran = await run(args, env);
      expect(ran, args.join(' ')).toMatchObject({ code: EXIT.wrongUsage, err: expect.stringContaining(told) });
      expect(ran.err + ran.out).not.toContain('planted');
    }
  });

  it('asks at a terminal for what the environment does not hold, twice for a new password', async () => {
    const { run } = await openTestDesk();
    const asked: string[] = [];
    const answers = ['a good new password', 'a good new password', 'one', 'and another'];
    const askSecret = async (question: string): Promise<string> => {
      asked.push(question);
      return answers.shift() ?? '';
    };
    const person = ['person', 'badu', '--role', 'operator'];
    expect(await run(person, {}, { askSecret })).toMatchObject({ code: EXIT.done });
    expect(await run(['person', 'chidi', '--role', 'operator'], {}, { askSecret })).toMatchObject({
      code: EXIT.wrongUsage,
      err: expect.stringContaining('not the same'),
    });
    expect(asked).toEqual(['New password of badu: ', 'Once more: ', 'New password of chidi: ', 'Once more: ']);
  });
});
