/** The way of packets from a real station to a real core and of the answers back, over a link that does its worst. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readKeyFile } from '@enroute/sync/disk/key-file.ts';
import { describe, expect, it } from 'vitest';
import { rngOf } from '../simulation/people/rng.ts';
import { unhandledRejections, until } from './channel.fixture.ts';
import { type Country, enrolmentOf, openCountry, SECRETS } from './country.fixture.ts';

const PATIENCE_MS = 25_000;
/** What the sockets of a station, a relay and a core may hold between them. */
const SOCKET_BYTES = 128 * 1024;

async function allTerminal(country: Country): Promise<boolean> {
  return (await country.items()).every(({ state }) => state === 'TERMINAL');
}

/** Everyone has a number of their own, the core has each packet once, and nothing was lost on the way. */
async function expectAllNumbered(country: Country, rids: readonly string[]): Promise<void> {
  const items = await country.items();
  expect(items.map(({ rid }) => rid).sort()).toEqual([...rids].sort());
  for (const { outcome } of items) expect(outcome).toEqual({ state: 'COMPLETED', code: 'ENR-OUT-001' });
  const uins = await Promise.all(rids.map(async (rid) => (await country.station().result(rid))?.uin));
  expect(new Set(uins).size).toBe(rids.length);
  for (const uin of uins) expect(uin).toMatch(/^\d{10}$/);
  expect(await country.core().conservation()).toMatchObject({
    packetsIn: rids.length,
    heaps: { terminal: rids.length, queued: 0, parked: 0, deadLettered: 0 },
    violations: [],
    holds: true,
  });
  const received = country.logs.filter(({ msg }) => msg === 'packet received').map(({ rid }) => rid);
  expect(received.sort()).toEqual([...rids].sort());
}

const waitForAnswers = (country: Country) => until(() => allTerminal(country), 'all answers', PATIENCE_MS);

describe('a station and its core', () => {
  it('get over an operator whom the core did not know yet: nothing must be enrolled again', async () => {
    const country = await openCountry();
    const card = await country.card();
    await country.core().register({ ...card, operators: [] });
    const { rids } = await country.enrol(0, 1);
    country.link().open();
    const aside = async () => (await country.items()).filter(({ problem }) => problem === 'ENR-MAN-003').length;
    await until(async () => (await aside()) === 2, 'both to be set aside', PATIENCE_MS);
    await country.core().register(card);
    await country.restartStation();
    await waitForAnswers(country);
    await expectAllNumbered(country, rids);
    expect(await aside()).toBe(0);
  });

  it('enrol while the link is closed, and have all answers soon after it opens', async () => {
    const country = await openCountry();
    const { rids, bytes } = await country.enrol(0, 1, 2, 3);
    expect((await country.station().status()).waiting).toMatchObject({ packets: 4, bytes });
    country.link().open();
    await waitForAnswers(country);
    await expectAllNumbered(country, rids);
    expect(country.bytesUp()).toBeLessThan(1.15 * bytes);
    expect(await country.station().status()).toMatchObject({
      link: { up: true, reason: null },
      setAside: 0,
      waiting: { packets: 0 },
    });
  });

  it('lose nothing and send little twice when the link is cut again and again in the middle of packets', async () => {
    const unhandled = unhandledRejections();
    const country = await openCountry({ bytesPerSecond: 4 * 1024 * 1024 });
    const { rids, bytes } = await country.enrol(0, 1, 2, 3, 4);
    const random = rngOf('link.test');
    let cuts = 0;
    country.link().open();
    while (cuts < 7) {
      const happened = await Promise.race([
        country
          .link()
          .cutAfter(random.between(20_000, 220_000), random.between(0, 120))
          .then(() => true),
        waitForAnswers(country).then(() => false),
      ]);
      if (!happened) break;
      cuts += 1;
    }
    await waitForAnswers(country);
    await expectAllNumbered(country, rids);
    expect(cuts).toBeGreaterThanOrEqual(4);
    expect(country.bytesUp(), `after ${cuts} cuts`).toBeLessThan(1.15 * bytes);
    expect(unhandled).toEqual([]);
  });

  it('go on where they were when the core stops in the middle of an upload and starts again', async () => {
    const unhandled = unhandledRejections();
    const country = await openCountry({ bytesPerSecond: 1024 * 1024 });
    // So many that what the sockets hold is less than what may be sent again.
    const { rids, bytes } = await country.enrol(0, 1, 2, 3, 4);
    country.link().open();
    await until(() => country.bytesUp() > bytes / 2, 'half of the bytes');
    await country.restartCore();
    await waitForAnswers(country);
    await expectAllNumbered(country, rids);
    expect(country.bytesUp()).toBeLessThan(1.15 * bytes);
    expect(unhandled).toEqual([]);
  });

  it('go on where they were when the station stops in the middle of an upload and starts again', async () => {
    const unhandled = unhandledRejections();
    const country = await openCountry({ bytesPerSecond: 1024 * 1024 });
    const { rids, bytes } = await country.enrol(0, 1, 2);
    country.link().open();
    for (const part of [0.3, 0.5, 0.7]) {
      await until(() => country.bytesUp() > part * bytes, 'a part of the bytes');
      const begun = performance.now();
      await country.restartStation();
      expect(performance.now() - begun).toBeLessThan(2_000);
    }
    await waitForAnswers(country);
    await expectAllNumbered(country, rids);
    // Whatever lay in the sockets when it stopped is sent again, and nothing else.
    expect(country.bytesUp()).toBeLessThan(1.03 * bytes + 3 * SOCKET_BYTES);
    expect(unhandled).toEqual([]);
  });

  it.each([
    ['ahead', 3],
    ['behind', -3],
  ])('understand each other when the clock of the station is three days %s', async (_where, days) => {
    const clockOffsetMs = days * 86_400_000;
    const country = await openCountry({ clockOffsetMs });
    const { rids, bytes } = await country.enrol(0, 1);
    country.link().open();
    await waitForAnswers(country);
    await expectAllNumbered(country, rids);
    expect(country.bytesUp()).toBeLessThan(1.15 * bytes);
    const { clockOffsetMs: measured } = await country.station().status();
    expect(Math.abs((measured ?? 0) - clockOffsetMs)).toBeLessThanOrEqual(2_000);
    await country.restartStation();
    const more = await country.enrol(2);
    await waitForAnswers(country);
    await expectAllNumbered(country, [...rids, ...more.rids]);
  });

  it('carry a second enrolment within moments once the link is warm', async () => {
    const country = await openCountry();
    const first = await country.enrol(0);
    country.link().open();
    await waitForAnswers(country);
    const begun = performance.now();
    const second = await country.enrol(1);
    await waitForAnswers(country);
    expect(performance.now() - begun).toBeLessThan(3_000);
    await expectAllNumbered(country, [...first.rids, ...second.rids]);
  });

  it('know that the link is up although there is nothing to send', async () => {
    const country = await openCountry();
    expect(await country.station().status()).toMatchObject({ link: { up: false } });
    country.link().open();
    await until(async () => (await country.station().status()).link.up, 'the link');
    country.link().close();
    await until(async () => !(await country.station().status()).link.up, 'the end of the link');
    expect(await country.station().status()).toMatchObject({ link: { up: false, reason: expect.any(String) } });
  });

  it('stop while the link is dead, in no time and without a word of error', async () => {
    const unhandled = unhandledRejections();
    const country = await openCountry();
    await country.enrol(0);
    await sleep(100);
    const begun = performance.now();
    await country.restartStation();
    expect(performance.now() - begun).toBeLessThan(1_500);
    expect(country.logs.filter(({ level }) => level >= 50)).toEqual([]);
    expect(unhandled).toEqual([]);
  });
});

describe('the logs of core and station', () => {
  it('tell nothing of any person and none of the secrets, whatever happens', async () => {
    const country = await openCountry();
    await country.enrol(0, 1);
    const operator = await country.station().signIn('amina', SECRETS.operator);
    const { identity, ...rest } = await enrolmentOf(2, new Date());
    const refused = { ...rest, identity, documents: [] };
    await expect(
      country.station().enrol({ enrolment: refused, process: 'NEW', operator, priority: 'normal' }),
    ).rejects.toMatchObject({ code: 'ENR-VAL-003' });
    await expect(country.station().signIn('amina', 'a wrong password')).rejects.toMatchObject({ code: 'ENR-STN-005' });
    country.link().open();
    await fetch(`${country.core().url}uploads/x`, {
      method: 'PATCH',
      headers: { authorization: 'Bearer planted.secret.token' },
    });
    await waitForAnswers(country);
    await country.restartCore();

    const text = JSON.stringify(country.logs);
    expect(country.logs.some(({ msg }) => msg === 'packet received')).toBe(true);
    const people = await Promise.all([0, 1, 2].map((index) => enrolmentOf(index, new Date())));
    for (const name of people.flatMap((who) => personalTexts(who.identity))) expect(text).not.toContain(name);
    const uins = await Promise.all((await country.items()).map(({ rid }) => country.station().result(rid)));
    for (const result of uins) expect(text).not.toContain(result?.uin ?? 'no number');
    for (const secret of [...Object.values(SECRETS), 'a wrong password', 'planted.secret.token'])
      expect(text).not.toContain(secret);
    for (const key of await secretKeys(country)) expect(text).not.toContain(key);
    expect(text).not.toMatch(/eyJ[A-Za-z0-9_-]{10,}\./);
  });
});

/** Every text in it that could tell who someone is. */
function personalTexts(value: unknown): string[] {
  if (typeof value === 'string') return value.length > 5 ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === 'language' ? [] : personalTexts(inner)));
}

async function secretKeys({ folder }: Country): Promise<string[]> {
  const files = [
    [join(folder, 'core', 'core-keys.json'), SECRETS.core],
    [join(folder, 'station', 'station-keys.json'), SECRETS.station],
    [join(folder, 'station', 'people', 'amina.key.json'), SECRETS.operator],
  ] as const;
  const contents = await Promise.all(files.map(([path, passphrase]) => readKeyFile(path, passphrase)));
  const boxes = await Promise.all(
    files.map(async ([path]) => (JSON.parse(await readFile(path, 'utf8')) as { box: string }).box),
  );
  const keys = JSON.stringify(contents).match(/"(secretKey|storage|dedupe)":"[^"]+"/g) ?? [];
  expect(keys.length).toBeGreaterThanOrEqual(7);
  return [...keys.map((pair) => (pair.split('"')[3] ?? '').slice(0, 40)), ...boxes.map((box) => box.slice(0, 40))];
}
