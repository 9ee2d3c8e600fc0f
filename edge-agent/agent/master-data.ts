/**
 * What the core has told of centers, people, devices and rules. Believed only when the trusted core has signed it for
 * this station, and kept apart from the channel: an older word of the core never takes the place of a newer one.
 */
import { type MasterData, masterDataOf } from '@enroute/shared/policy/master-data.ts';
import { type Master, masterId, verifyMaster } from '@enroute/shared/schemas/master.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { ChannelCollection, ChannelEntry } from '@enroute/sync/channel/collections.ts';
import { parseDown } from '@enroute/sync/channel/documents.ts';
import type { Logger } from 'pino';
import { signerOf, type TrustedCore } from '../keys/trusted-core.ts';

export interface MasterDataSource {
  readonly incoming: ChannelCollection;
  /** What was believed so far. */
  readonly master: ChannelCollection;
  readonly station: string;
  readonly core: TrustedCore;
  readonly log: Logger;
}

export interface MasterDataWatch {
  /** As the core said last; undefined when it has said nothing. */
  readonly current: MasterData | undefined;
  /** Takes what came and was not believed: it may be now. */
  takeAgain(): Promise<void>;
  /** Resolves when what came is kept. */
  stop(): Promise<void>;
}

const KINDS = ['station', 'devices'] as const;

export async function watchMasterData(source: MasterDataSource): Promise<MasterDataWatch> {
  const { incoming, master, station, core, log } = source;
  const believed = new Map<Master['kind'], Master>();

  function read({ id, body }: ChannelEntry): Master | undefined {
    try {
      const document = parseDown(id, body);
      if (document.kind !== 'master') return undefined;
      const { body: said } = document;
      if (said.station === station && verifyMaster(said, signerOf(core, said.signature))) return said;
      log.warn({ id }, 'master data that is not to be believed');
    } catch (error) {
      if (!(error instanceof EnrouteError)) throw error;
      log.error({ id, code: error.code }, 'master data that can not be read');
    }
    return undefined;
  }

  /** @returns whether it says something new. */
  function believe(entry: ChannelEntry): boolean {
    const found = read(entry);
    if (!found || found.number <= (believed.get(found.kind)?.number ?? 0)) return false;
    believed.set(found.kind, found);
    return true;
  }

  async function take(entry: ChannelEntry): Promise<void> {
    if (believe(entry)) await master.incrementalUpsert({ id: entry.id, body: entry.body });
  }

  async function takeAll(collection: ChannelCollection): Promise<void> {
    for (const entry of (await collection.findByIds(KINDS.map(masterId)).exec()).values()) {
      await take(entry.toMutableJSON());
    }
  }

  await takeAll(master);
  await takeAll(incoming);
  let taking: Promise<unknown> = Promise.resolve();
  const subscription = incoming.$.subscribe(({ documentData, operation }) => {
    if (operation === 'DELETE' || !KINDS.some((kind) => masterId(kind) === documentData.id)) return;
    taking = taking
      .then(() => take(documentData))
      // It stays in the channel, and is taken at the next start.
      .catch((error: unknown) => log.error({ err: error, id: documentData.id }, 'master data could not be kept'));
  });

  return {
    get current() {
      const [forStation, forDevices] = [believed.get('station'), believed.get('devices')];
      return masterDataOf(
        forStation?.kind === 'station' ? forStation : undefined,
        forDevices?.kind === 'devices' ? forDevices : undefined,
      );
    },
    takeAgain: () => {
      const taken = taking.then(() => takeAll(incoming));
      taking = taken.catch(() => undefined);
      return taken;
    },
    stop: async () => {
      subscription.unsubscribe();
      await taking;
    },
  };
}
