/**
 * Places in a channel's feed, as stations are told them: the core's epoch stands before the store's own place. After a
 * restore the numbers of the store begin again where the backup was made, and a station would go on behind documents
 * that it has never seen; so a place of another epoch is refused, and the station reads from the beginning.
 */
import { epochTag } from '@enroute/shared/schemas/core-word.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';

/** A place in the feed of either store: a number, with CouchDB something opaque behind it. */
const SEQ = /^\d{1,15}(-[A-Za-z0-9_-]{1,4000})?$/;

export function placeAt(epoch: string, seq: string): string {
  return `${epochTag(epoch)}.${seq}`;
}

/** @returns the store's own place. @throws EnrouteError ENR-CHN-003 when it is none, or one of another epoch. */
export function seqOf(epoch: string, place: string): string {
  const own = `${epochTag(epoch)}.`;
  const seq = place.startsWith(own) ? place.slice(own.length) : '';
  if (!SEQ.test(seq)) throw new EnrouteError('ENR-CHN-003', 'since');
  return seq;
}
