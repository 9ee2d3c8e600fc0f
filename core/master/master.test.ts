import { publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { masterSchema, verifyMaster } from '@enroute/shared/schemas/master.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  broken,
  faulty,
  faultyDatabases,
  must,
  OTHER_STATION,
  openTestCore,
  STATION,
  silent,
  type TestCore,
} from '../pipeline/pipeline.fixture.ts';
import type { Database } from '../store/store.ts';
import { type CountryMaster, countryMasterSchema } from './country-master.ts';
import { COUNTRY, LONG, lying, set } from './master.fixture.ts';
import { watchMaster } from './master-view.ts';
import { sendMaster } from './send-master.ts';
import { readMaster } from './set-master.ts';

async function open(): Promise<TestCore> {
  const core = await openTestCore();
  onTestFinished(() => core.dispose());
  return core;
}

async function received(core: TestCore, station: string, kind: 'station' | 'devices') {
  const { _id, _rev, ...body } = must(await lying(core, station, `master:${kind}`));
  const master = masterSchema.parse(body);
  expect(verifyMaster(master, publicKeyOf(core.keys.signing))).toBe(true);
  return master;
}

describe('master data that is set', () => {
  it('tells each station, signed, what concerns it and nothing else', async () => {
    const core = await open();
    expect(await set(core, COUNTRY)).toEqual({ number: 1, changed: true, sent: 2 });
    expect(await received(core, STATION, 'station')).toMatchObject({
      station: STATION,
      number: 1,
      center: LONG,
      machine: LONG,
      people: [
        { id: 'amina', roles: ['operator'], periods: LONG },
        { id: 'sara', roles: ['operator', 'supervisor'], periods: LONG },
      ],
      approval: true,
      limits: COUNTRY.limits,
      retentionDays: 10,
      link: { windows: [{ from: '18:00', to: '06:00' }], dailyBytes: 50_000_000 },
    });
    const other = await received(core, OTHER_STATION, 'station');
    expect(other).toMatchObject({ machine: [], people: [{ id: 'sara' }] });
    expect(JSON.stringify(other)).not.toContain('amina');
    expect(await received(core, OTHER_STATION, 'devices')).toMatchObject({ blocked: COUNTRY.devices?.blocked });
  });

  it('tells each center its own hours and the devices that are known there', async () => {
    const core = await open();
    const hours = { timeZone: 'Africa/Tunis', days: { Mon: [{ from: '08:00', until: '16:30' }] } };
    const device = { make: 'M', model: 'S', serial: '2' };
    await set(core, {
      ...COUNTRY,
      centers: [
        { id: '10001', periods: LONG, hours },
        { id: '10002', periods: LONG },
      ],
      devices: { blocked: [], calibrated: [], known: [{ ...device, centers: ['10001'] }] },
    });
    expect(await received(core, STATION, 'station')).toMatchObject({ hours });
    expect(await received(core, STATION, 'devices')).toMatchObject({ known: [device] });
    expect(await received(core, OTHER_STATION, 'station')).not.toHaveProperty('hours');
    expect(await received(core, OTHER_STATION, 'devices')).toMatchObject({ known: [] });
  });

  it('sets no rule of which it does not speak', async () => {
    const core = await open();
    await set(core, { approval: false });
    const master = await received(core, STATION, 'station');
    expect(Object.keys(master).sort()).toEqual(
      ['v', 'kind', 'station', 'number', 'at', 'approval', 'limits', 'signature'].sort(),
    );
  });

  it('again changes nothing and sends nothing', async () => {
    const core = await open();
    await set(core, COUNTRY);
    const before = await lying(core, STATION, 'master:station');
    const reordered = Object.fromEntries(Object.entries(COUNTRY).reverse()) as CountryMaster;
    expect(await set(core, reordered)).toEqual({ number: 1, changed: false, sent: 0 });
    expect(await lying(core, STATION, 'master:station')).toEqual(before);
  });

  it('anew takes the place of the old one, with a higher number, where it makes a difference', async () => {
    const core = await open();
    await set(core, COUNTRY);
    const centers = [{ id: '10001', periods: LONG }];
    expect(await set(core, { ...COUNTRY, centers })).toEqual({ number: 2, changed: true, sent: 1 });
    expect(await received(core, OTHER_STATION, 'station')).toMatchObject({ number: 2, center: [] });
    expect(await received(core, OTHER_STATION, 'devices')).toMatchObject({ number: 1 });
    expect(await received(core, STATION, 'station')).toMatchObject({ number: 1 });
    expect(await readMaster(core.databases.master)).toMatchObject({ number: 2, country: { centers } });
  });

  it('heals, when it is set again, the channels that a crash left out', async () => {
    const core = await open();
    let writes = 0;
    const dying = faultyDatabases(core.databases, {
      before: (method, db) => {
        if (method === 'write' && db.startsWith('channel-') && ++writes > 1) throw broken();
      },
    });
    await expect(set(core, COUNTRY, dying)).rejects.toThrow('broken for the test');
    expect(await lying(core, OTHER_STATION, 'master:station')).toBeUndefined();
    expect(await set(core, COUNTRY)).toEqual({ number: 1, changed: false, sent: 2 });
    for (const station of [STATION, OTHER_STATION]) {
      for (const kind of ['station', 'devices'] as const) await received(core, station, kind);
    }
  });

  it('is never replaced by an older one that comes late', async () => {
    const core = await open();
    await set(core, COUNTRY);
    const old = must(await readMaster(core.databases.master));
    await set(core, { ...COUNTRY, approval: false });
    const before = await lying(core, STATION, 'master:station');
    expect(await sendMaster(old, STATION, core.databases, core.keys)).toBe(false);
    expect(await lying(core, STATION, 'master:station')).toEqual(before);
  });

  it('of two that set it at once, one is told so', async () => {
    const core = await open();
    const { master } = core.databases;
    const between: Database = {
      ...faulty(master, {}),
      write: async (docs) => {
        await set(core, { approval: false });
        return master.write(docs);
      },
    };
    const racing = { ...core.databases, master: between };
    await expect(set(core, COUNTRY, racing)).rejects.toMatchObject({ code: 'ENR-WEB-002' });
    expect(await readMaster(core.databases.master)).toMatchObject({ number: 1, country: { approval: false } });
  });
});

describe('master data that does not fit a channel', () => {
  const crowd = (size: number, center: string): CountryMaster => ({
    approval: false,
    people: Array.from({ length: size }, (_, index) => ({
      id: `person-${index}`,
      roles: ['operator'],
      centers: [center],
      periods: LONG,
    })),
  });

  it.each([
    ['a registered one', STATION.slice(0, 5)],
    ['one that may be registered some day', '20002'],
  ])('is refused whole, saying for which station and by how much: %s', async (_, center) => {
    const core = await open();
    await set(core, COUNTRY);
    const error = await set(core, crowd(400, center)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ENR-MST-001' });
    expect(String(error)).toMatch(new RegExp(`master:station for station ${center}\\d{5}: \\d{4,5} bytes too many`));
    expect(await readMaster(core.databases.master)).toMatchObject({ number: 1 });
  });

  it('is only what really is too large: a hundred people at one center are not', async () => {
    const core = await open();
    expect(await set(core, crowd(100, STATION.slice(0, 5)))).toMatchObject({ number: 1, sent: 2 });
  });
});

describe('the file of a country', () => {
  it.each([
    ['a mistyped key', { aproval: true }],
    ['a center of four digits', { centers: [{ id: '1000', periods: [] }] }],
    ['a device without a serial number', { devices: { blocked: [{ make: 'M', model: 'S' }], calibrated: [] } }],
    ['an upload window that never is', { link: { windows: [{ from: '25:00', to: '06:00' }] } }],
    ['a person of no center', { people: [{ id: 'a', roles: ['operator'], centers: [], periods: [] }] }],
  ])('with %s is refused', (_, change) => {
    expect(countryMasterSchema.safeParse({ ...COUNTRY, ...change }).success).toBe(false);
    expect(countryMasterSchema.parse(COUNTRY)).toEqual(COUNTRY);
  });
});

describe('the master data that the core judges by', () => {
  it('is none where none is set, and then what someone else sets, without a start', async () => {
    const core = await open();
    const view = await watchMaster(core.databases.master, silent);
    onTestFinished(() => view.stop());
    expect(view.of(STATION)).toBeUndefined();
    await set(core, COUNTRY);
    await expect.poll(() => view.of(STATION), { timeout: 30_000 }).toMatchObject({ approval: true, center: LONG });
    expect(view.of(OTHER_STATION)).toMatchObject({ machine: [], limits: { waitingPackets: { refuse: 70 } } });
    await set(core, { ...COUNTRY, approval: false });
    await expect.poll(() => view.of(STATION), { timeout: 30_000 }).toMatchObject({ approval: false });
  });

  it('is there from the start, and outlives a store that fails for a while', async () => {
    const core = await open();
    await set(core, COUNTRY);
    let asked = 0;
    const failing = faulty(core.databases.master, {
      before: (method) => {
        if (method !== 'changes') return;
        asked += 1;
        throw broken();
      },
    });
    const view = await watchMaster(failing, silent);
    await expect.poll(() => asked).toBeGreaterThan(0);
    expect(view.of(STATION)).toMatchObject({ approval: true });
    await view.stop();
  });
});
