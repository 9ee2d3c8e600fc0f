/** A core, a station and the link between them, each of which can be stopped and started again. */

import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { restoreBackup } from '@enroute/core/backup/restore-backup.ts';
import { type Core, startCore } from '@enroute/core/core.ts';
import type { TlsIdentity } from '@enroute/core/gateway/door/gateway-server.ts';
import { captureLog, type LogLine } from '@enroute/core/gateway/gateway.fixture.ts';
import { type OpenCoreOptions, openCore } from '@enroute/core/open-core.ts';
import { makeQuickKeys } from '@enroute/core/quick-keys.fixture.ts';
import { createPerson } from '@enroute/edge-agent/keys/people.ts';
import { createIdentity, stationCardOf } from '@enroute/edge-agent/keys/station-identity.ts';
import { trustCore } from '@enroute/edge-agent/keys/trusted-core.ts';
import type { QueueItem } from '@enroute/edge-agent/queue/queue-item.ts';
import { FIELD_TIMING, type Station, startStation } from '@enroute/edge-agent/station.ts';
import type { Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { QUICK_COST } from '@enroute/sync/disk/quick-cost.fixture.ts';
import { quickTmpdir } from '@enroute/sync/disk/quick-tmpdir.fixture.ts';
import { onTestFinished } from 'vitest';
import { openTcpLink, type TcpLink } from '../simulation/link/tcp-link.ts';
import { person } from '../simulation/people/people.ts';

const STATION = '1000110077';
export const SECRETS = {
  core: 'passphrase of the core',
  station: 'passphrase of the station',
  operator: 'password of the operator',
} as const;

const TIMING = { ...FIELD_TIMING, retryBaseMs: 20, retryCapMs: 200, pollMs: 5_000, stallMs: 3_000, heartbeatMs: 500 };

export interface Country {
  readonly folder: string;
  readonly logs: readonly LogLine[];
  core(): Core;
  /** The station's card, as the administrator registers it. */
  card(): Promise<StationCard>;
  station(): Station;
  link(): TcpLink;
  /** Bytes up, over all links that there have been. */
  bytesUp(): number;
  /** The core ends and begins again on its folder, at another address. The station, too, for it must be told. */
  restartCore(): Promise<void>;
  restartStation(): Promise<void>;
  /** The core ends, is given new keys, and begins again where it was. The station goes on meanwhile. */
  rotateCoreKeys(): Promise<void>;
  /** Copies the core's folder while it is stopped, and starts it again. */
  backUpCore(): Promise<void>;
  /** The core is lost, and restored from a backup; where that can not be, it stays. */
  restoreFrom(backup: string): Promise<void>;
  /** Puts the copy in the place of the core's folder, and gives it a new epoch, as an administrator does. */
  restoreCore(): Promise<void>;
  /** People come to the desk, are enrolled, and go. @returns the RIDs, and how many bytes there are to send. */
  enrol(...indexes: number[]): Promise<{ rids: string[]; bytes: number }>;
  items(): Promise<QueueItem[]>;
}

export interface CountrySettings {
  /** How wrong the station's clock is. */
  readonly clockOffsetMs?: number;
  readonly bytesPerSecond?: number;
  /** The core's certificate, and the authority that the station was told of. Plain HTTP without. */
  readonly tls?: { readonly identity: TlsIdentity; readonly ca: string };
}

/** Core and station, registered with each other; the link is closed. */
export async function openCountry(settings: CountrySettings = {}): Promise<Country> {
  const { clockOffsetMs = 0, bytesPerSecond = 0, tls } = settings;
  const folder = await mkdtemp(join(quickTmpdir(), 'enroute-country-'));
  const stationFolder = join(folder, 'station');
  const logs: LogLine[] = [];
  const log = captureLog(logs);
  const stationNow = (): Date => new Date(Date.now() + clockOffsetMs);
  const coreFolder = join(folder, 'core');
  const backup = join(folder, 'backup');
  const coreOptions: OpenCoreOptions = {
    folder: coreFolder,
    passphrase: SECRETS.core,
    couchdbUrl: undefined,
    couchdbPrefix: '',
    now: () => new Date(),
    log,
  };
  const newCore = (port = 0): Promise<Core> =>
    startCore({
      ...coreOptions,
      host: '127.0.0.1',
      port,
      tls: tls?.identity,
    });
  const newLink = (to: Core): Promise<TcpLink> => openTcpLink({ target: new URL(to.url), bytesPerSecond });
  const newStation = (over: TcpLink): Promise<Station> =>
    startStation({
      folder: stationFolder,
      passphrase: SECRETS.station,
      gatewayUrl: tls ? over.url.replace('http:', 'https:') : over.url,
      ca: tls?.ca,
      timing: TIMING,
      now: stationNow,
      log,
    });

  await makeQuickKeys(coreFolder, SECRETS.core);
  let core = await newCore();
  const identity = await createIdentity(stationFolder, STATION, SECRETS.station, QUICK_COST);
  await createPerson(stationFolder, 'amina', ['operator'], SECRETS.operator, QUICK_COST);
  await core.register(await stationCardOf(stationFolder, identity));
  await trustCore(stationFolder, core.card);
  let link = await newLink(core);
  link.close();
  let station = await newStation(link);
  let bytesBefore = 0;
  onTestFinished(async () => {
    await station.stop();
    await link.stop();
    await core.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function restart(whileStopped: () => Promise<void> = async () => undefined): Promise<void> {
    await core.stop();
    await station.stop();
    bytesBefore += link.bytesUp;
    await link.stop();
    await whileStopped();
    core = await newCore();
    link = await newLink(core);
    station = await newStation(link);
  }

  return {
    folder,
    logs,
    core: () => core,
    card: () => stationCardOf(stationFolder, identity),
    station: () => station,
    link: () => link,
    bytesUp: () => bytesBefore + link.bytesUp,
    restartCore: () => restart(),
    rotateCoreKeys: async () => {
      const { port } = new URL(core.url);
      await core.stop();
      const opened = await openCore(coreOptions, 'refuse');
      await opened.rotateKeys();
      await opened.close();
      core = await newCore(Number(port));
    },
    backUpCore: () => restart(() => cp(coreFolder, backup, { recursive: true })),
    restoreCore: () =>
      restart(async () => {
        await rm(coreFolder, { recursive: true });
        await cp(backup, coreFolder, { recursive: true });
        const restored = await openCore(coreOptions, 'refuse');
        await restored.newEpoch();
        await restored.close();
      }),
    restoreFrom: async (taken) => {
      const restored = `${coreFolder}-restored`;
      await restoreBackup(taken, { ...coreOptions, folder: restored });
      await restart(async () => {
        await rm(coreFolder, { recursive: true });
        await rename(restored, coreFolder);
      });
    },
    restartStation: async () => {
      await station.stop();
      station = await newStation(link);
    },
    enrol: async (...indexes) => {
      const operator = await station.signIn('amina', SECRETS.operator);
      const rids: string[] = [];
      let bytes = 0;
      for (const index of indexes) {
        const enrolment = await enrolmentOf(index, stationNow());
        const saved = await station.enrol({ enrolment, process: 'NEW', operator, priority: 'normal' });
        rids.push(saved.rid);
        bytes += saved.bytes;
      }
      return { rids, bytes };
    },
    items: () => station.queue(1000),
  };
}

export async function enrolmentOf(index: number, now: Date): Promise<Enrolment> {
  return (await person(7, index, { now, station: STATION })).enrolment;
}
