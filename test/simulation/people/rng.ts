/**
 * Randomness that is the same in every run: xoshiro128** by Blackman and Vigna, its 128 bits of state filled from the
 * labels. (32 bits would not do: among a million fingers some would then be the very same.) Each purpose takes a generator of its own labels, so that one more draw here changes nothing there.
 */
export interface Rng {
  /** A whole number from 0 up to, not including, `limit`; every one equally likely. */
  below(limit: number): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  pick<T>(list: readonly T[]): T;
  bytes(count: number): Uint8Array;
}

/** How many values one draw can have. */
const STEPS = 0x1_0000_0000;

export type Label = string | number;

export function rngOf(...labels: readonly Label[]): Rng {
  const text = labels.join('\u0000');
  let a = hashOf(text, 0x01000193);
  let b = hashOf(text, 0x85ebca6b);
  let c = hashOf(text, 0xc2b2ae35);
  let d = hashOf(text, 0x27d4eb2f) | 1;

  const uint32 = (): number => {
    const scrambled = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return scrambled;
  };

  const below = (limit: number): number => {
    if (!(limit >= 1 && limit <= STEPS)) throw new RangeError(`There is no number to draw below ${limit}.`);
    const fair = STEPS - (STEPS % limit);
    for (;;) {
      const drawn = uint32();
      if (drawn < fair) return drawn % limit;
    }
  };

  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    pick: (list) => {
      const chosen = list[below(list.length)];
      if (chosen === undefined) throw new RangeError('There is nothing to pick from an empty list.');
      return chosen;
    },
    bytes: (count) => {
      const view = new DataView(new ArrayBuffer(Math.ceil(count / 4) * 4));
      for (let at = 0; at < count; at += 4) view.setUint32(at, uint32(), true);
      return new Uint8Array(view.buffer, 0, count);
    },
  };
}

function rotateLeft(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

/** FNV-1a with a multiplier of choice, its bits then spread as SplitMix32 does. */
function hashOf(text: string, multiplier: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), multiplier);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
  return (hash ^ (hash >>> 15)) >>> 0;
}
