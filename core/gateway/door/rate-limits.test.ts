/** How often one may ask, and what is left of it after a restart. */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openStore } from '../../store/open-store.ts';
import { MAX_DOC_BYTES } from '../../store/store.ts';
import {
  announce,
  ask,
  captureLog,
  newStation,
  openTestGateway,
  registered,
  STATION,
  tus,
} from '../gateway.fixture.ts';
import { keepLimits } from './kept-limits.ts';
import { DEFAULT_RATES, openRateLimits, type RateLimits, type RateSettings } from './rate-limits.ts';

const ADDRESS = '192.0.2.7';
const few = (requests: number): RateSettings => ({
  ...DEFAULT_RATES,
  station: { address: { requests, seconds: 60 }, own: { requests, seconds: 60 } },
});

afterEach(() => void vi.useRealTimers());

/** How many of `tries` requests are let through. */
async function passed(tries: number, request: () => Promise<void>): Promise<number> {
  const results = await Promise.allSettled(Array.from({ length: tries }, request));
  return results.filter(({ status }) => status === 'fulfilled').length;
}

describe('the share of an address', () => {
  it('is spent by those who do not show who they are, and whole again after its time', async () => {
    vi.useFakeTimers();
    const limits = openRateLimits(few(5));
    expect(await passed(8, () => limits.ask('station', ADDRESS))).toBe(5);
    expect(await passed(8, () => limits.ask('station', '192.0.2.8'))).toBe(5);
    expect(await passed(1, () => limits.ask('upload', ADDRESS))).toBe(1);
    vi.advanceTimersByTime(20_000);
    await expect(limits.ask('station', ADDRESS)).rejects.toMatchObject({
      code: 'ENR-WEB-008',
      headers: { 'Retry-After': '40' },
    });
    vi.advanceTimersByTime(40_000);
    expect(await passed(8, () => limits.ask('station', ADDRESS))).toBe(5);
  });

  it('is given back to those who do; then each has their own', async () => {
    const limits = openRateLimits(few(5));
    const shown = async (station: string): Promise<void> => {
      await limits.ask('station', ADDRESS);
      await limits.shown('station', ADDRESS, station);
    };
    for (const station of ['1', '2', '3', '4', '5', '6', '7']) {
      for (let nth = 0; nth < 5; nth += 1) await shown(station);
      await expect(shown(station), station).rejects.toMatchObject({ code: 'ENR-WEB-008' });
    }
  });

  it('is that of a network of IPv6', async () => {
    const limits = openRateLimits(few(5));
    const hosts = ['1', '2', '3', '4', '5', '6', '7', '8'].values();
    expect(await passed(8, () => limits.ask('station', `2001:db8:0:1::${hosts.next().value}`))).toBe(5);
    expect(await passed(1, () => limits.ask('station', '2001:db8:0:2::1'))).toBe(1);
  });
});

describe('where a stranger has spent the share of an address', () => {
  const shown = async (limits: RateLimits, station: string): Promise<void> => {
    await limits.ask('station', ADDRESS, station);
    await limits.shown('station', ADDRESS, station);
  };
  const asStranger = (limits: RateLimits, claimed?: string) => passed(9, () => limits.ask('station', ADDRESS, claimed));

  it('a station that was there before is let in; one that was not, or came from elsewhere, waits', async () => {
    const limits = openRateLimits(few(5));
    await shown(limits, STATION);
    await asStranger(limits);
    await expect(shown(limits, STATION)).resolves.toBeUndefined();
    await expect(shown(limits, '1000110078')).rejects.toMatchObject({ code: 'ENR-WEB-008' });
    expect(await passed(5, () => limits.ask('station', '192.0.2.8'))).toBe(5);
    await expect(limits.ask('station', '192.0.2.8', STATION)).rejects.toMatchObject({ code: 'ENR-WEB-008' });
  });

  it('and takes the name of a station, that one alone is hurt', async () => {
    const limits = openRateLimits(few(5));
    for (const station of ['1', '2']) await shown(limits, station);
    await asStranger(limits);
    expect(await asStranger(limits, '1')).toBe(5);
    await expect(shown(limits, '1')).rejects.toMatchObject({ code: 'ENR-WEB-008' });
    await expect(shown(limits, '2')).resolves.toBeUndefined();
  });

  it('is remembered for a quarter of an hour, of so many and no more', async () => {
    vi.useFakeTimers();
    const limits = openRateLimits(few(5), 2);
    for (const station of ['1', '2', '3']) await shown(limits, station);
    await asStranger(limits);
    await expect(shown(limits, '1')).rejects.toMatchObject({ code: 'ENR-WEB-008' });
    await expect(shown(limits, '3')).resolves.toBeUndefined();
    vi.advanceTimersByTime(15 * 60_000 + 1);
    await asStranger(limits);
    await expect(shown(limits, '3')).rejects.toMatchObject({ code: 'ENR-WEB-008' });
  });
});

describe('of more addresses than are counted', () => {
  it('the new ones share with their network, and those that were there keep their own', async () => {
    const limits = openRateLimits(few(5), 100);
    const hosts = Array.from({ length: 1_000 }, (_, host) => `10.${host % 4}.${host >> 8}.${host % 256}`);
    let through = 0;
    for (const host of hosts) through += await passed(1, () => limits.ask('station', host));
    // A hundred have their own, and the four networks five requests each.
    expect(through).toBe(120);
    expect(await passed(9, () => limits.ask('station', hosts[0]))).toBe(4);
    expect(await passed(9, () => limits.ask('station', '10.200.0.1'))).toBe(5);
    expect(limits.spent(10_000)['station.address']?.length).toBeLessThan(110);
  });
});

describe('what is spent', () => {
  async function store() {
    const folder = await mkdtemp(join(quickTmpdir(), 'enroute-limits-'));
    const opened = await openStore({ folder, onFatal: () => undefined });
    onTestFinished(async () => {
      await opened.close();
      await rm(folder, { recursive: true, force: true });
    });
    return opened.database('limits');
  }
  const log = captureLog([]);
  const spend = (limits: RateLimits) => passed(8, () => limits.ask('sign-in', ADDRESS));

  it('is spent after a restart, too, of the same gateway', async () => {
    const database = await store();
    const settings = {
      ...DEFAULT_RATES,
      'sign-in': { address: { requests: 5, seconds: 60 }, own: { requests: 5, seconds: 60 } },
    };
    const first = openRateLimits(settings);
    const stop = await keepLimits({ limits: first, database, name: 'a', log });
    expect(await spend(first)).toBe(5);
    await stop();
    const second = openRateLimits(settings);
    await (await keepLimits({ limits: second, database, name: 'a', log }))();
    expect(await spend(second)).toBe(0);
    const other = openRateLimits(settings);
    await (await keepLimits({ limits: other, database, name: 'b', log }))();
    expect(await spend(other)).toBe(5);
  });

  it('is kept now and then, and not when nothing has changed', async () => {
    const database = await store();
    const write = vi.spyOn(database, 'write');
    const limits = openRateLimits();
    const stop = await keepLimits({ limits, database, name: 'a', log, everyMs: 10 });
    await limits.ask('anyone', ADDRESS);
    await vi.waitFor(async () => expect(await database.get('gateway:a')).toBeDefined());
    await stop();
    expect(write).toHaveBeenCalledTimes(1);
  });

  it('is bounded, however many there are, and the most spent is kept', async () => {
    const limits = openRateLimits();
    for (let host = 0; host < 5_000; host += 1) {
      const address = `2001:db8:${(host >> 8).toString(16)}:${(host & 255).toString(16)}::1`;
      for (const rate of ['anyone', 'station', 'upload', 'people'] as const) await limits.ask(rate, address);
    }
    for (let nth = 0; nth < 9; nth += 1) await limits.ask('station', ADDRESS);
    const kept = limits.spent(300);
    expect(kept['station.address']?.[0]).toMatchObject({ key: ADDRESS, value: 9 });
    expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThan(MAX_DOC_BYTES / 2);
  });

  it('that can not be read, because another version wrote it, is forgotten', async () => {
    const database = await store();
    await database.write([{ _id: 'gateway:a', spent: 'much' } as { _id: string }]);
    const limits = openRateLimits();
    await (await keepLimits({ limits, database, name: 'a', log }))();
    expect(await passed(1, () => limits.ask('anyone', ADDRESS))).toBe(1);
  });
});

describe('the gateway', () => {
  it('answers 429 with the seconds to wait, before it looks at a token', async () => {
    const gateway = await openTestGateway({ door: { limits: openRateLimits(few(3)) } });
    const get = vi.spyOn(gateway.register, 'get');
    const stranger = newStation(gateway);
    const path = `channel-${STATION}/_changes`;
    const answers = [];
    for (let nth = 0; nth < 5; nth += 1) answers.push(await ask(gateway, stranger, 'GET', path));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429]);
    expect(answers[4]?.json).toMatchObject({ error: 'ENR-WEB-008', request: expect.any(String) });
    expect(Number(answers[4]?.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(get).toHaveBeenCalledTimes(3);
  });

  it('goes by the address that a trusted proxy tells, and by no other', async () => {
    const door = () => ({ limits: openRateLimits({ ...DEFAULT_RATES, health: few(3).station }) });
    const from = async (trustProxy: readonly string[] | undefined, address: (nth: number) => string) => {
      const gateway = await openTestGateway({ door: { ...door(), ...(trustProxy ? { trustProxy } : {}) } });
      let through = 0;
      for (let nth = 0; nth < 6; nth += 1) {
        const headers = { 'x-forwarded-for': address(nth) };
        through += (await ask(gateway, undefined, 'GET', 'up', { headers })).status === 200 ? 1 : 0;
      }
      return through;
    };
    expect(await from(['loopback'], (nth) => `192.0.2.${nth}`)).toBe(6);
    // What a client claims stands to the left of what the proxy has seen.
    expect(await from(['loopback'], (nth) => `192.0.2.${nth}, 198.51.100.1`)).toBe(3);
    expect(await from(undefined, (nth) => `192.0.2.${nth}`)).toBe(3);
  });

  it('has a station of its own wait for itself, with its packets where they are', async () => {
    const rates = { ...DEFAULT_RATES, upload: { ...DEFAULT_RATES.upload, own: { requests: 2, seconds: 60 } } };
    const gateway = await openTestGateway({ door: { limits: openRateLimits(rates) } });
    const [one, other] = [await registered(gateway), await registered(gateway, '1000110078')];
    for (const station of [one, other]) {
      const packet = station.packet(1);
      expect((await announce(gateway, station, packet)).status).toBe(201);
      expect((await tus.create(gateway, station, packet)).status).toBe(201);
      expect((await tus.head(gateway, station, packet.id)).status).toBe(200);
    }
    expect((await tus.head(gateway, one, one.packet(1).id)).status).toBe(429);
  });
});
