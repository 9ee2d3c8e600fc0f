/** A core and its stations, registered with each other, each a folder: what there is before anything runs. */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type OpenedCore, openCore } from '@enroute/core/open-core.ts';
import { makeQuickKeys } from '@enroute/core/quick-keys.fixture.ts';
import { createPerson } from '@enroute/edge-agent/keys/people.ts';
import { createIdentity, stationCardOf } from '@enroute/edge-agent/keys/station-identity.ts';
import { trustCore } from '@enroute/edge-agent/keys/trusted-core.ts';
import { openLog } from '@enroute/sync/disk/log-file.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import type { StationPlan } from './plan.ts';
import { OPERATOR, SECRETS } from './secrets.ts';

const SILENT = openLog({ write: () => undefined }, 'silent');

export interface Country {
  readonly coreFolder: string;
  /** What the processes write to their terminals. */
  readonly outputFolder: string;
  readonly port: number;
  stationFolder(index: number): string;
}

export async function settleCountry(folder: string, plans: readonly StationPlan[]): Promise<Country> {
  const country: Country = {
    coreFolder: join(folder, 'core'),
    outputFolder: join(folder, 'output'),
    port: await freePort(),
    stationFolder: (index) => join(folder, 'stations', String(index)),
  };
  mkdirSync(country.outputFolder, { recursive: true });
  await makeQuickKeys(country.coreFolder, SECRETS.core);
  const core = await openCoreOf(country, 'create');
  for (const { index, station } of plans) {
    const home = country.stationFolder(index);
    const identity = await createIdentity(home, station, SECRETS.station, QUICK_COST);
    await createPerson(home, OPERATOR, ['operator'], SECRETS.operator, QUICK_COST);
    await trustCore(home, core.card);
    await core.register(await stationCardOf(home, identity));
  }
  await core.close();
  return country;
}

/** The core, open and doing nothing. */
export function openCoreOf({ coreFolder }: Country, whenNew: 'create' | 'refuse'): Promise<OpenedCore> {
  return openCore(
    {
      folder: coreFolder,
      passphrase: SECRETS.core,
      couchdbUrl: undefined,
      couchdbPrefix: '',
      now: () => new Date(),
      log: SILENT,
    },
    whenNew,
  );
}

/** Below those that the system draws for outgoing connections: one of them must not take the core's while it is dead. */
const PORTS = { from: 20_000, count: 10_000 };

async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = PORTS.from + ((process.pid * 7 + tries * 131) % PORTS.count);
    if (await isFree(port)) return port;
  }
  throw new Error('There is no free port.');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
