/** What the tests of master data share. */

import type { TestCore } from '../pipeline/pipeline.fixture.ts';
import type { Doc, Stored } from '../store/store.ts';
import type { CountryMaster } from './country-master.ts';
import { type MasterSet, setMaster } from './set-master.ts';

export const LONG = [{ from: '2020-01-01T00:00:00.000Z' }];

/** Centers 10001 and 10002, with people of their own. */
export const COUNTRY: CountryMaster = {
  approval: true,
  limits: { waitingPackets: { warn: 50, refuse: 70 } },
  retentionDays: 10,
  link: { windows: [{ from: '18:00', to: '06:00' }], dailyBytes: 50_000_000 },
  centers: [
    { id: '10001', periods: LONG },
    { id: '10002', periods: LONG },
  ],
  machines: [{ station: '1000110001', periods: LONG }],
  people: [
    { id: 'amina', roles: ['operator'], centers: ['10001'], periods: LONG },
    { id: 'sara', roles: ['operator', 'supervisor'], centers: ['10001', '10002'], periods: LONG },
  ],
  devices: { blocked: [{ make: 'M', model: 'S', serial: '1', from: '2026-01-01T00:00:00.000Z' }], calibrated: [] },
};

export function set(core: TestCore, country: CountryMaster, databases = core.databases): Promise<MasterSet> {
  const stations = async (): Promise<string[]> => (await core.register.list()).map(({ station }) => station);
  return setMaster(country, databases, core.keys, stations, new Date('2026-03-01T08:00:00.000Z'));
}

/** A document of a station's channel, as it lies there. */
export async function lying(core: TestCore, station: string, id: string): Promise<Stored<Doc> | undefined> {
  return (await core.databases.channel(station)).get<Doc>(id);
}
