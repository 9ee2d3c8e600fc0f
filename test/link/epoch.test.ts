/** A core that is restored from a backup: what it had confirmed since, the stations that still hold it bring again. */
import { describe, expect, it } from 'vitest';
import { until } from './channel.fixture.ts';
import { type Country, openCountry } from './country.fixture.ts';

const PATIENCE_MS = 40_000;

const numberOf = async (country: Country, rid: string): Promise<string | undefined> =>
  (await country.station().result(rid))?.uin;

async function untilTerminal(country: Country, packets: number): Promise<void> {
  const ended = async (): Promise<boolean> => {
    const items = await country.items();
    return items.length === packets && items.every(({ state }) => state === 'TERMINAL');
  };
  await until(ended, `the end of ${packets} packets`, PATIENCE_MS);
}

async function expectConservation(country: Country, packetsIn: number): Promise<void> {
  expect(await country.core().conservation()).toMatchObject({
    packetsIn,
    heaps: { terminal: packetsIn, queued: 0, parked: 0, deadLettered: 0 },
    violations: [],
    holds: true,
  });
}

describe('a core that was restored from a backup', () => {
  it('gets again what it had forgotten, each packet once, and nobody has two numbers', {
    timeout: 120_000,
  }, async () => {
    const country = await openCountry();
    const before = await country.enrol(0, 1);
    country.link().open();
    await untilTerminal(country, 2);
    const numbers = new Map(
      await Promise.all(before.rids.map(async (rid) => [rid, await numberOf(country, rid)] as const)),
    );

    await country.backUpCore();
    const after = await country.enrol(2, 3);
    await untilTerminal(country, 4);
    await expectConservation(country, 4);
    // Not everything of after the backup had come to its end.
    country.link().close();
    const unsent = await country.enrol(4);

    await country.restoreCore();
    country.link().open();
    // What had ended at the station is still so until the core has answered for it: the core is waited for first.
    await until(async () => (await country.core().conservation()).heaps.terminal === 5, 'the core', PATIENCE_MS);
    await untilTerminal(country, 5);
    await expectConservation(country, 5);
    const rids = [...before.rids, ...after.rids, ...unsent.rids];
    for (const rid of before.rids) expect(await numberOf(country, rid)).toBe(numbers.get(rid));
    const all = await Promise.all(rids.map((rid) => numberOf(country, rid)));
    expect(new Set(all).size).toBe(rids.length);
    expect(all).not.toContain(undefined);
    // What the backup had was not sent again; what it lacked was, once.
    const received = country.logs.filter(({ msg }) => msg === 'packet received').map(({ rid }) => rid);
    expect(received.sort()).toEqual([...rids, ...after.rids].sort());
    expect(country.logs.filter(({ msg }) => msg === 'offered again')).toHaveLength(1);

    // And it is known from here on: nothing is offered a second time.
    await country.restartCore();
    await until(async () => (await country.station().status()).link.up, 'the link', PATIENCE_MS);
    await country.restartStation();
    await until(async () => (await country.station().status()).link.up, 'the link', PATIENCE_MS);
    expect(country.logs.filter(({ msg }) => msg === 'offered again')).toHaveLength(1);
    await untilTerminal(country, 5);
  });
});
