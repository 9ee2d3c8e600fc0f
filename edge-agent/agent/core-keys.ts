/**
 * Follows the core when it changes its keys: from the key that is trusted, over however many rotations were missed, to the
 * present one. Durable before anything is sealed for the new key or believed by it.
 */
import { CORE_KEYS_ID } from '@enroute/shared/schemas/key-rotation.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { ChannelCollection, ChannelEntry } from '@enroute/sync/channel/collections.ts';
import { parseDown } from '@enroute/sync/channel/documents.ts';
import type { Logger } from 'pino';
import type { Live } from '../keys/live.ts';
import { signingKeysOf, succeeded, type TrustedCore } from '../keys/trusted-core.ts';

export interface CoreKeysSource {
  readonly incoming: ChannelCollection;
  readonly station: string;
  readonly core: Live<TrustedCore>;
  /** Makes it durable. */
  readonly keep: (core: TrustedCore) => Promise<void>;
  /** What was not believed before may be now. */
  readonly onFollowed: () => Promise<void>;
  readonly log: Logger;
}

export interface CoreKeysWatch {
  /** Follows what has come by another way than the channel, in its turn. @throws the disk's error when it can't be kept */
  follow(entry: Pick<ChannelEntry, 'id' | 'body'>): Promise<void>;
  /** Resolves when what came has been followed. */
  stop(): Promise<void>;
}

export async function followCoreKeys(source: CoreKeysSource): Promise<CoreKeysWatch> {
  const { incoming, station, core, keep, onFollowed, log } = source;

  async function follow({ id, body }: Pick<ChannelEntry, 'id' | 'body'>): Promise<void> {
    const document = read(id, body);
    if (document?.kind !== 'core-keys' || document.body.station !== station) return;
    const { successions } = document.body;
    const next = succeeded(core.present, successions);
    if (next) {
      await keep(next);
      core.replace(next);
      log.warn({ signing: next.signingKey.keyId, sealing: next.sealingKey.keyId }, 'the core has new keys');
      await onFollowed();
      return;
    }
    // An older document may come late, by a stick.
    const end = successions.at(-1)?.signingKey.keyId;
    const isThere = signingKeysOf(core.present).some(({ keyId }) => keyId === end);
    if (!isThere)
      log.error({ code: 'ENR-TRU-012' }, "nothing leads from the core's key that is trusted to the present one");
  }

  function read(id: string, body: unknown): ReturnType<typeof parseDown> | undefined {
    try {
      return parseDown(id, body);
    } catch (error) {
      if (!(error instanceof EnrouteError)) throw error;
      log.error({ id, code: error.code }, "the core's new keys can not be read");
      return undefined;
    }
  }

  const known = await incoming.findOne(CORE_KEYS_ID).exec();
  if (known) await follow(known.toMutableJSON());
  let following: Promise<unknown> = Promise.resolve();
  const inTurn = (entry: Pick<ChannelEntry, 'id' | 'body'>): Promise<void> => {
    const followed = following.then(() => follow(entry));
    following = followed.catch(() => undefined);
    return followed;
  };
  const subscription = incoming.$.subscribe(({ documentData, operation }) => {
    if (operation === 'DELETE' || documentData.id !== CORE_KEYS_ID) return;
    // It stays in the channel, and is followed at the next start.
    inTurn(documentData).catch((error: unknown) => log.error({ err: error }, "the core's new keys could not be kept"));
  });
  return {
    follow: inTurn,
    stop: async () => {
      subscription.unsubscribe();
      await following;
    },
  };
}
