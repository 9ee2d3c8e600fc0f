/**
 * Makes a key file quick to open. A round of these tests signs in twice, and argon2id takes its time by design; how much
 * time stands in the file itself.
 */
import { argon2Sync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { toBase64Url } from '@enroute/shared/crypto/encoding.ts';
import { sodium } from '@enroute/shared/crypto/sodium.ts';
import { readKeyFile } from '@enroute/sync/disk/key-file.ts';

/** The least that argon2id takes. */
const KDF = { name: 'argon2id', memoryKiB: 8, passes: 1 } as const;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const PURPOSE = 'enroute key file v1';

/** Writes the same content again, under the same passphrase. */
export async function makeQuickToOpen(path: string, passphrase: string): Promise<void> {
  const content = JSON.stringify(await readKeyFile(path, passphrase));
  const file = JSON.parse(readFileSync(path, 'utf8')) as object;
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
  const key = argon2Sync(KDF.name, {
    message: passphrase,
    nonce: salt,
    parallelism: 1,
    tagLength: KEY_BYTES,
    memory: KDF.memoryKiB,
    passes: KDF.passes,
  });
  const box = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(content, PURPOSE, null, nonce, key);
  const quick = { ...file, kdf: { ...KDF, salt: toBase64Url(salt) }, nonce: toBase64Url(nonce), box: toBase64Url(box) };
  writeFileSync(path, JSON.stringify(quick));
}
