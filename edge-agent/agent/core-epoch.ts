/**
 * Knows which core this is. A core that was restored from a backup says another epoch in its signed word; then
 * everything that this station still holds is offered to it again, before that epoch counts as known: a crash in
 * between begins anew, and to offer a thing twice changes nothing.
 *
 * Which of two words is the later one, their generations say. The core's clock does not: it may have been ahead when
 * the last one was said.
 */
import { type CoreWord, coreWordSchema, verifyCoreWord } from '@enroute/shared/schemas/core-word.ts';
import type { ChannelCollection } from '@enroute/sync/channel/collections.ts';
import type { Logger } from 'pino';
import { signerOf, type TrustedCore } from '../keys/trusted-core.ts';

export interface CoreEpochSource {
  /** What the core says of the world, as it was last believed. */
  readonly master: ChannelCollection;
  readonly station: string;
  readonly core: TrustedCore;
  /** Offers a core of this epoch what is held here. @returns how many packets. */
  readonly offer: (epoch: string) => Promise<number>;
  /** The core knows this RID of ours. */
  readonly onHighestRid: (rid: string) => Promise<void>;
  readonly log: Logger;
}

export interface CoreEpoch {
  /** Of the core that was heard last, and offered everything. */
  readonly known: string;
  /** Believes the core's word, or does not; resolves when what follows from it is durable. */
  hear(word: CoreWord): Promise<void>;
  /** Hears the last word that was not believed once more: the station knows the core's new key by now. */
  hearAgain(): Promise<void>;
}

const WORD_ID = 'core-word';

export async function openCoreEpoch(source: CoreEpochSource): Promise<CoreEpoch> {
  const { master, station, core, offer, onHighestRid, log } = source;
  const kept = coreWordSchema.safeParse((await master.findOne(WORD_ID).exec())?.toMutableJSON().body);
  let last = kept.success && isBelievable(kept.data) ? kept.data : undefined;
  // A station that was never told anything knows the core that it was made to trust.
  let known = last?.epoch ?? core.epoch;
  let unbelieved: CoreWord | undefined;

  function isBelievable(word: CoreWord): boolean {
    return word.station === station && verifyCoreWord(word, signerOf(core, word.signature));
  }

  /** What the core said before it was restored, played back; or a core that has lost count. */
  function isOlder(word: CoreWord): boolean {
    if (!last) return false;
    return word.generation < last.generation || (word.generation === last.generation && word.epoch !== last.epoch);
  }

  async function hear(word: CoreWord): Promise<void> {
    if (!isBelievable(word)) {
      unbelieved = word;
      return log.warn("a word of the core's that is not to be believed");
    }
    unbelieved = undefined;
    if (isOlder(word)) {
      const { generation, at } = word;
      return log.warn({ generation, at, last: last?.generation }, "a word of the core's that is older than the last");
    }
    if (word.highestRid !== null) await onHighestRid(word.highestRid);
    if (word.epoch !== known) {
      log.warn('the core was restored from a backup: everything that is held here is offered again');
      const packets = await offer(word.epoch);
      log.warn({ packets }, 'offered again');
    }
    await master.incrementalUpsert({ id: WORD_ID, body: { ...word } });
    last = word;
    known = word.epoch;
  }

  return {
    get known() {
      return known;
    },
    hear,
    hearAgain: async () => {
      if (unbelieved) await hear(unbelieved);
    },
  };
}
