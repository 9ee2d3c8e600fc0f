/**
 * Secret keys at rest: JSON, encrypted with a key that argon2id makes from a passphrase. A station without an OS key
 * store, every person at it and the core keep their keys so. Losing the passphrase loses the keys: there is no other way in.
 */
import { type Argon2Parameters, argon2, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { fromBase64Url, toBase64Url } from '@enroute/shared/crypto/encoding.ts';
import { sodium } from '@enroute/shared/crypto/sodium.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { z } from 'zod';
import { writeDurably } from './durable-file.ts';

/** What argon2id costs whoever tries a passphrase. */
export interface KeyFileCost {
  readonly memoryKiB: number;
  readonly passes: number;
}

/** About 60 ms on a small desktop (the second choice of RFC 9106). */
export const FIELD_COST: KeyFileCost = { memoryKiB: 64 * 1024, passes: 3 };
const MAX_MEMORY_KIB = 1024 * 1024;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const PURPOSE = 'enroute key file v1';

const fileSchema = z.strictObject({
  v: z.literal(1),
  kdf: z.strictObject({
    name: z.literal('argon2id'),
    memoryKiB: z.int().positive().max(MAX_MEMORY_KIB),
    passes: z.int().positive().max(64),
    salt: z.base64url(),
  }),
  nonce: z.base64url(),
  box: z.base64url(),
});

const derive = promisify(argon2) as (name: 'argon2id', parameters: Argon2Parameters) => Promise<Buffer>;

async function deriveKey(
  passphrase: string,
  salt: Uint8Array,
  { memoryKiB, passes }: KeyFileCost,
): Promise<Uint8Array> {
  return derive('argon2id', {
    message: passphrase.normalize('NFKC'),
    nonce: salt,
    parallelism: 1,
    tagLength: KEY_BYTES,
    memory: memoryKiB,
    passes,
  });
}

/**
 * Writes the file durably, in place of the one before.
 * @param cost another one than in the field is for tests only, where nobody guesses
 */
export async function writeKeyFile(
  path: string,
  passphrase: string,
  content: object,
  cost: KeyFileCost = FIELD_COST,
): Promise<void> {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
  const key = await deriveKey(passphrase, salt, cost);
  const plain = Buffer.from(JSON.stringify(content));
  const box = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, PURPOSE, null, nonce, key);
  wipe(key, plain);
  const file: z.input<typeof fileSchema> = {
    v: 1,
    kdf: { name: 'argon2id', memoryKiB: cost.memoryKiB, passes: cost.passes, salt: toBase64Url(salt) },
    nonce: toBase64Url(nonce),
    box: toBase64Url(box),
  };
  await writeDurably(path, Buffer.from(`${JSON.stringify(file, null, 2)}\n`));
}

/**
 * @returns the content as it was written; the caller checks its shape.
 * @throws EnrouteError ENR-STN-005 when the passphrase is wrong or the file was changed; the file system's error when it
 *   can't be read.
 */
export async function readKeyFile(path: string, passphrase: string): Promise<unknown> {
  const file = parseFile(await readFile(path, 'utf8'));
  const key = await deriveKey(passphrase, fromBase64Url(file.kdf.salt), file.kdf);
  let plain: Uint8Array | undefined;
  try {
    plain = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
      null,
      fromBase64Url(file.box),
      PURPOSE,
      fromBase64Url(file.nonce),
      key,
    );
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    throw new EnrouteError('ENR-STN-005');
  } finally {
    wipe(key, plain);
  }
}

/** What the file costs whoever tries passphrases at it; undefined when there is none, or it can't be read. */
export async function costOfKeyFile(path: string): Promise<KeyFileCost | undefined> {
  try {
    const { memoryKiB, passes } = parseFile(await readFile(path, 'utf8')).kdf;
    return { memoryKiB, passes };
  } catch {
    return undefined;
  }
}

/** Takes the time that trying a passphrase takes: for a file that is not there, so that the wait does not say so. */
export async function deriveInVain(passphrase: string): Promise<void> {
  wipe(await deriveKey(passphrase, randomBytes(SALT_BYTES), FIELD_COST));
}

function parseFile(text: string): z.infer<typeof fileSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new EnrouteError('ENR-STN-005', 'the key file is damaged');
  }
  const file = fileSchema.safeParse(json);
  if (file.success) return file.data;
  const where = file.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new EnrouteError('ENR-STN-005', `the key file is damaged: ${where}`);
}

/** What can be taken out of memory early is: a crash dump holds less. Strings can't be. */
function wipe(...secrets: readonly (Uint8Array | undefined)[]): void {
  for (const bytes of secrets) bytes?.fill(0);
}
