/**
 * A long poll: waits until the core has something for the station. It stays open for minutes, and is kept alive by a
 * newline now and then, which JSON allows before it begins: so both ends, and whatever lies between, know that the other
 * is there.
 */
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { MAX_CHANNEL_BATCH } from '@enroute/sync/channel/protocol.ts';
import type { FeedQuery } from './changes-query.ts';
import type { ChannelReader, DownPage } from './channel-reader.ts';
import type { OpenPoll } from './open-polls.ts';

export interface LongPollParts {
  readonly reader: ChannelReader;
  readonly poll: OpenPoll;
  readonly card: StationCard;
  /** @throws when the station would not be let in any more */
  readonly requireStillAdmitted: (card: StationCard) => Promise<void>;
  /** Shows that the core is there. */
  readonly beat: () => void;
  readonly random: () => number;
}

/** The first heartbeat comes somewhere in the last part of its time, so that those of many stations do not come at once. */
const FIRST_BEAT_AT_LEAST = 0.25;
/** Every so many heartbeats a poll looks into its channel unasked: no wake-up that was missed costs more than that. */
const BEATS_BETWEEN_LOOKS = 6;

/**
 * @returns the first page that holds something; an empty one when the time is up or the poll is to end.
 * @throws what `requireStillAdmitted` throws, in place of anything that was written after the wait began.
 */
export async function waitForPage(parts: LongPollParts, query: FeedQuery): Promise<DownPage> {
  const { reader, poll, card, random } = parts;
  // Not by the wall clock, which may be set while the poll waits.
  const endsAt = performance.now() + query.waitMs;
  const firstBeat = FIRST_BEAT_AT_LEAST + (1 - FIRST_BEAT_AT_LEAST) * random();
  let nextBeat = performance.now() + query.heartbeatMs * firstBeat;
  let { since } = query;
  let beats = 0;

  /** @returns whether to look again; the poll has come to its end otherwise. */
  async function untilToLook(): Promise<boolean> {
    for (;;) {
      const woken = await poll.wait(Math.min(endsAt, nextBeat));
      if (woken === 'written') return true;
      if (woken !== 'due' || performance.now() >= endsAt) return false;
      await parts.requireStillAdmitted(card);
      parts.beat();
      nextBeat = performance.now() + query.heartbeatMs;
      beats += 1;
      if (beats % BEATS_BETWEEN_LOOKS === 0) return true;
    }
  }

  for (let hasWaited = false; ; hasWaited = true) {
    const page = await reader.page(card.station, since, query.limit ?? MAX_CHANNEL_BATCH);
    // Its request was let in before it waited, and the station may have been shut out since.
    if (hasWaited) await parts.requireStillAdmitted(card);
    if (page.changes.length > 0) return page;
    since = page.lastSeq;
    // What the station wrote itself does not end its wait, nor make it think that there is no more.
    if (page.isLast && !(await untilToLook())) return page;
    if (poll.isEnding) return page;
  }
}
