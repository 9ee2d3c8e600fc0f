import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lockMsAfter, TRIES_BEFORE_LOCK } from '@enroute/shared/policy/sign-in-lock.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../queue/station-database.fixture.ts';
import { createPerson, signIn } from './people.ts';

const PASSWORD = 'staple of amina';
const MINUTE_MS = 60_000;
const START = Date.parse('2026-03-01T10:00:00.000Z');

/** Amina at a station whose clock the test sets, in minutes from the start. */
async function station() {
  const folder = await temporaryFolder();
  await createPerson(folder, 'amina', ['operator'], PASSWORD, QUICK_COST);
  const attempts = join(folder, 'people', 'amina.attempts.json');
  const clock = { minutes: 0 };
  const now = (): Date => new Date(START + clock.minutes * MINUTE_MS);
  /** What came of a try: "in", or code and detail of the refusal. */
  const tryWith = async (password: string): Promise<string> => {
    return signIn(folder, 'amina', password, now).then(
      () => 'in',
      ({ code, detail }) => (detail ? `${code} ${detail}` : code),
    );
  };
  const wrong = (): Promise<string> => tryWith('wrong');
  return {
    folder,
    attempts,
    clock,
    wrong,
    right: () => tryWith(PASSWORD),
    wrongTimes: async (times: number): Promise<string[]> => {
      const said: string[] = [];
      for (let time = 0; time < times; time += 1) said.push(await wrong());
      return said;
    },
  };
}

const lockedUntil = (minutes: number): string =>
  `ENR-STN-007 until ${new Date(START + minutes * MINUTE_MS).toISOString()}`;

describe('wrong passwords in a row', () => {
  it('lock from the fifth on, twice as long each time, up to an hour', () => {
    const minutes = Array.from({ length: 14 }, (_, count) => lockMsAfter(count) / MINUTE_MS);
    expect(minutes).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(lockMsAfter(1_000)).toBe(60 * MINUTE_MS);
  });

  it('lock sign-in for the right one too, until the time that is said', async () => {
    const { clock, right, wrong, wrongTimes } = await station();
    expect(await wrongTimes(5)).toEqual(Array(5).fill('ENR-STN-005'));
    expect([await right(), await wrong()]).toEqual([lockedUntil(1), lockedUntil(1)]);
    clock.minutes = 0.99;
    expect(await right()).toBe(lockedUntil(1));
    clock.minutes = 1;
    expect([await wrong(), await right()]).toEqual(['ENR-STN-005', lockedUntil(3)]);
    clock.minutes = 3;
    expect(await right()).toBe('in');
  });

  it('are forgotten after the right one', async () => {
    const { right, wrongTimes } = await station();
    for (let round = 0; round < 3; round += 1) {
      expect(await wrongTimes(TRIES_BEFORE_LOCK - 1)).toEqual(Array(4).fill('ENR-STN-005'));
      expect(await right()).toBe('in');
    }
  });

  it('lock one person and no other', async () => {
    const { folder, right, wrongTimes } = await station();
    await createPerson(folder, 'badu', ['operator'], 'staple of badu', QUICK_COST);
    await wrongTimes(5);
    expect(await right()).toBe(lockedUntil(1));
    expect(await signIn(folder, 'badu', 'staple of badu', () => new Date(START))).toMatchObject({ id: 'badu' });
  });

  it('are each counted when they come at once', async () => {
    const { wrong } = await station();
    const said = await Promise.all(Array.from({ length: 12 }, wrong));
    expect(said.filter((one) => one === 'ENR-STN-005')).toHaveLength(5);
    expect(said.filter((one) => one === lockedUntil(1))).toHaveLength(7);
  });
});

describe('a try that is killed', () => {
  it.skipIf(process.platform === 'win32')('was counted before the password was looked at', async () => {
    const { folder, attempts } = await station();
    const keys = join(folder, 'people', 'amina.key.json');
    // A pipe that nobody writes to: whoever reads it before the count never gets to the count.
    await rm(keys);
    execFileSync('mkfifo', [keys]);
    for (let tries = 1; tries <= 2; tries += 1) {
      const args = [join(import.meta.dirname, 'try-until-killed.ts'), folder, 'amina'];
      expect(spawnSync(process.execPath, args, { timeout: 20_000 }).signal).toBe('SIGKILL');
      expect(JSON.parse(await readFile(attempts, 'utf8'))).toMatchObject({ count: tries });
    }
  });

  it('is not made at all when the disk does not take the count', async () => {
    const { attempts, right } = await station();
    // Nothing can be written under that name.
    await mkdir(`${attempts}.partial`);
    expect(await right()).toBe('ENR-STN-006 the sign-in can not be counted');
  });

  it('is not made at all when the count can not be read', async () => {
    const { attempts, right } = await station();
    await mkdir(attempts);
    expect(await right()).toBe('ENR-STN-006 the sign-in can not be counted');
  });
});

describe('a clock that is set', () => {
  it('forward ends the lock', async () => {
    const { clock, right, wrongTimes } = await station();
    await wrongTimes(5);
    clock.minutes = 60 * 24;
    expect(await right()).toBe('in');
  });

  it('back neither ends the lock nor lengthens it beyond its duration from when that is noticed', async () => {
    const { clock, right, wrongTimes } = await station();
    await wrongTimes(5);
    clock.minutes = -60 * 24 * 365;
    const until = lockedUntil(clock.minutes + 1);
    expect(await right()).toBe(until);
    clock.minutes += 0.9;
    expect(await right()).toBe(until);
    clock.minutes += 0.1;
    expect(await right()).toBe('in');
  });

  it('back while nothing is locked costs nothing', async () => {
    const { clock, right, wrongTimes } = await station();
    await wrongTimes(2);
    clock.minutes = -60;
    expect(await right()).toBe('in');
  });
});

describe('a damaged file of attempts', () => {
  it.each([
    '',
    '{"v":1,"coun',
    '\0'.repeat(64),
    '[]',
    '{"v":1,"count":0,"at":"2026-03-01T10:00:00.000Z"}',
    '{"v":1,"count":1e300,"at":"2026-03-01T10:00:00.000Z"}',
    '{"v":1,"count":1,"at":"9999"}',
  ])('locks for the shortest time, and gives no try away: %j', async (damage) => {
    const { attempts, clock, right, wrong } = await station();
    await writeFile(attempts, damage);
    expect(await right()).toBe(lockedUntil(1));
    clock.minutes = 1;
    expect([await wrong(), await right()]).toEqual(['ENR-STN-005', lockedUntil(3)]);
    clock.minutes = 3;
    expect(await right()).toBe('in');
  });

  it('of the far future locks no longer than any other', async () => {
    const { attempts, clock, right } = await station();
    await writeFile(attempts, '{"v":1,"count":1000,"at":"9999-12-31T23:59:59.000Z"}');
    expect(await right()).toBe(lockedUntil(60));
    clock.minutes = 60;
    expect(await right()).toBe('in');
  });
});

describe('the files of attempts', () => {
  it('are made for people who exist, and go with the right password', async () => {
    const { folder, right, wrong } = await station();
    for (let index = 0; index < 3; index += 1) {
      await signIn(folder, `nobody${index}`, 'wrong', () => new Date(START)).catch(() => undefined);
    }
    const names = async (): Promise<string[]> => (await readdir(join(folder, 'people'))).sort();
    expect(await names()).toEqual(['amina.card.json', 'amina.key.json']);
    await wrong();
    expect(await names()).toContain('amina.attempts.json');
    await right();
    expect(await names()).toEqual(['amina.card.json', 'amina.key.json']);
  });
});
