import type { CountryMaster } from '@enroute/core/master/country-master.ts';
import { setMaster } from '@enroute/core/master/set-master.ts';
import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { masterSchema, verifyMaster } from '@enroute/shared/schemas/master.ts';
import { describe, expect, it } from 'vitest';
import { openTestChannel, type TestChannel, until } from './channel.fixture.ts';

async function set({ gateway, station }: TestChannel, country: CountryMaster): Promise<void> {
  await setMaster(country, gateway.databases, gateway.keys, async () => [station.number], new Date());
}

async function here(channel: TestChannel): Promise<unknown> {
  const found = await channel.database().incoming.findOne('master:station').exec();
  return found?.toJSON().body;
}

describe('master data', () => {
  it('reaches the station, and is replaced there when it is set anew', async () => {
    const channel = await openTestChannel();
    await set(channel, { approval: false });
    channel.start();
    await until(async () => (await here(channel)) !== undefined, 'the first master data');
    expect(await here(channel)).toMatchObject({ number: 1, approval: false });

    await set(channel, { approval: true, retentionDays: 7 });
    await until(async () => masterSchema.parse(await here(channel)).number === 2, 'the second');
    const master = masterSchema.parse(await here(channel));
    expect(master).toMatchObject({ approval: true, retentionDays: 7 });
    expect(verifyMaster(master, publicKeyOf(channel.gateway.keys.signing))).toBe(true);
    expect(channel.told).toMatchObject({ refused: [], unreadable: [], trouble: [] });
  });
});
