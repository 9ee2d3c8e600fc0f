/**
 * Passwords at rest: argon2id, with its parameters beside each hash, so that they can be raised without anybody's having
 * to choose a new one.
 *
 * Each derivation takes 64 MiB. Few run at a time and few wait, and whoever comes then is refused: many who sign in at
 * once, or pretend to, take no more memory than that.
 */
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { fromBase64Url, toBase64Url } from '@enroute/shared/crypto/encoding.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const AT_ONCE = 2;
const MAX_WAITING = 32;

export interface DerivationCost {
  readonly memoryKiB: number;
  readonly passes: number;
}

/** About 60 ms on a small server (the second choice of RFC 9106). */
const COST: DerivationCost = { memoryKiB: 64 * 1024, passes: 3 };

export const passwordHashSchema = z.strictObject({
  name: z.literal('argon2id'),
  memoryKiB: z
    .int()
    .positive()
    .max(1024 * 1024),
  passes: z.int().positive().max(64),
  salt: z.base64url(),
  hash: z.base64url(),
});
export type PasswordHash = z.infer<typeof passwordHashSchema>;

/** A place among those whose password is being looked at. It is given back with `release`, whatever happens. */
export interface DerivationPlace {
  /** With no hash to compare with it takes the same time, and is wrong. */
  isRight(password: string, hash: PasswordHash | undefined): Promise<boolean>;
  hash(password: string): Promise<PasswordHash>;
}

export interface PasswordHashes {
  /**
   * Asked for before a try is counted: who finds no place has not tried.
   * @throws EnrouteError ENR-PPL-007 when too many wait.
   */
  withPlace<T>(work: (place: DerivationPlace) => Promise<T>): Promise<T>;
}

const derive = promisify(argon2) as (name: 'argon2id', parameters: Argon2Parameters) => Promise<Buffer>;

export function openPasswordHashes(cost: DerivationCost = COST): PasswordHashes {
  let taken = 0;
  let running = 0;
  const waiting: (() => void)[] = [];

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  }

  const place: DerivationPlace = {
    isRight: (password, hash) =>
      inTurn(async () => {
        const { salt, memoryKiB, passes } = hash ?? { ...cost, salt: toBase64Url(randomBytes(SALT_BYTES)) };
        const derived = await deriveFrom(password, fromBase64Url(salt), { memoryKiB, passes });
        const expected = hash ? fromBase64Url(hash.hash) : randomBytes(HASH_BYTES);
        return derived.byteLength === expected.byteLength && timingSafeEqual(derived, expected);
      }),
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(SALT_BYTES);
        const hash = await deriveFrom(password, salt, cost);
        return { name: 'argon2id', ...cost, salt: toBase64Url(salt), hash: toBase64Url(hash) };
      }),
  };

  return {
    withPlace: async (work) => {
      if (taken >= AT_ONCE + MAX_WAITING) throw new EnrouteError('ENR-PPL-007');
      taken += 1;
      try {
        return await work(place);
      } finally {
        taken -= 1;
      }
    },
  };
}

function deriveFrom(password: string, salt: Uint8Array, { memoryKiB, passes }: DerivationCost): Promise<Buffer> {
  return derive('argon2id', {
    message: password.normalize('NFKC'),
    nonce: salt,
    parallelism: 1,
    tagLength: HASH_BYTES,
    memory: memoryKiB,
    passes,
  });
}
