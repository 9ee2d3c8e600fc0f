/** What the core does with courier bundles, whether it runs or is open for one command only. */
import { join } from 'node:path';
import type { TakeStep, WriteStep } from '@enroute/sync/courier/steps.ts';
import { takeBundles } from '@enroute/sync/courier/take-bundles.ts';
import type { Logger } from 'pino';
import type { ManifestTerms } from '../gateway/channel/accept-manifests.ts';
import { roomOn as diskRoomOn } from '../gateway/uploads/admission.ts';
import { sealingKeysOf } from '../keys.ts';
import type { OpenedCore } from '../open-core.ts';
import { carryDocuments } from './carry-documents.ts';
import { packetTaker, sweepArriving } from './take-packets.ts';

export interface CourierExport {
  readonly station: string;
  readonly folder: string;
  readonly since: Date | undefined;
  readonly maxFileBytes: number;
  readonly maxBytes: number | undefined;
}

export interface Courier {
  /**
   * Takes bundles in; whatever was taken before changes nothing.
   * @param signal ends it at once with its reason
   * @throws EnrouteError ENR-UPL-007 when the disk has no room for more; what was taken stays.
   */
  import(paths: readonly string[], signal?: AbortSignal): AsyncGenerator<TakeStep>;
  /** @throws EnrouteError ENR-AUT-004 when the station is not known, ENR-CRR-007 or -008 */
  export(order: CourierExport): AsyncGenerator<WriteStep>;
}

export interface CourierOptions {
  /** The core's folder. */
  readonly folder: string;
  readonly core: Pick<OpenedCore, 'keys' | 'databases' | 'stations' | 'vault'>;
  readonly terms: Pick<ManifestTerms, 'processes' | 'masterOf'>;
  readonly now: () => Date;
  readonly log: Logger;
  /** Of the disk that a folder is on. */
  readonly roomOn?: typeof diskRoomOn;
}

/** Everything of the courier's in the core's folder: on the same disk as the vault. */
function courierFolder(folder: string): string {
  return join(folder, 'courier');
}

export async function openCourier(options: CourierOptions): Promise<Courier> {
  const { folder, core, terms, now, log, roomOn = diskRoomOn } = options;
  const { keys, databases, stations, vault } = core;
  const arriving = join(courierFolder(folder), 'arriving');
  await sweepArriving(arriving, now());
  const manifestTerms = {
    ...terms,
    packetKeyIds: new Set(sealingKeysOf(keys).map(({ keyId }) => keyId)),
    cardsInForce: (station: string) => stations.cardsInForce(station),
  };
  const taker = packetTaker({ keys, databases, stations, vault, terms: manifestTerms, arriving, roomOn, now, log });
  return {
    import: (paths, signal) => takeBundles(paths, taker, signal),
    export: async function* carry({ station, ...order }) {
      yield* carryDocuments({ ...order, card: await stations.card(station), keys, databases, now });
    },
  };
}
