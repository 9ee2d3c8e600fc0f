/** A station's new keys take the place of its old ones. What it has signed before, and not sent yet, stays good. */
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import {
  type NewStationKeys,
  type StationKeysTaken,
  signStationKeysTaken,
  verifyStationKeys,
} from '@enroute/shared/schemas/key-rotation.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { type CoreKeys, signingKeysOf } from '../keys.ts';
import { areGivenUp, hasSameKeys, rotatedTo, type StationEntry } from './station-entry.ts';
import type { StationRegister } from './station-register.ts';
import { hasRight } from './station-rights.ts';

/**
 * The same keys again are answered the same: the answer to the first time may have been lost.
 * @param station that was authenticated, with the keys of before or with the new ones
 * @throws EnrouteError ENR-TRU-010 when they are not signed as they must be, or do not follow those that count.
 */
export async function rotateStationKeys(
  station: string,
  next: NewStationKeys,
  { register, keys, now }: { readonly register: StationRegister; readonly keys: CoreKeys; readonly now: () => Date },
): Promise<StationKeysTaken> {
  const at = now();
  if (next.station !== station) throw new EnrouteError('ENR-TRU-010', 'another station');
  await register.change(station, (entry) => {
    if (!entry?.card) throw new EnrouteError('ENR-AUT-004', station);
    return rotated({ ...entry, card: entry.card }, entry, next, keys, at);
  });
  const [signingKeyId, sealingKeyId] = [next.signingKey.keyId, next.sealingKey.keyId];
  return signStationKeysTaken({ v: 1, station, signingKeyId, sealingKeyId, at: at.toISOString() }, signingKeysOf(keys));
}

/** @returns `before` itself when nothing is to be written. */
function rotated(
  entry: StationEntry & { card: StationCard },
  before: StationEntry,
  next: NewStationKeys,
  keys: CoreKeys,
  at: Date,
): StationEntry {
  const card: StationCard = { ...entry.card, signingKey: next.signingKey, sealingKey: next.sealingKey };
  if (hasSameKeys(entry.card, card)) return before;
  const isGood = verifyStationKeys(next, entry.card.signingKey, signingKeysOf(keys)) && !areGivenUp(entry, card);
  if (!isGood || !hasRight(entry.state, 'keys')) throw new EnrouteError('ENR-TRU-010', entry.card.station);
  return rotatedTo(entry, card, at);
}
