/**
 * The victim of `publish-kill.test.ts`: publishes packets, one after the other, and says which are there, until it is
 * killed. Arguments: 'disk' or 'store', and a folder.
 */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { openTestVault } from './kill.fixture.ts';
import { sourceOfBytes } from './packet-source.ts';

const MAX_BYTES = 3 * 1024 * 1024;

const [kind = '', folder = ''] = process.argv.slice(2);
const { vault } = await openTestVault(kind, folder);
writeSync(1, 'open\n');
for (;;) {
  const bytes = randomBytes(Math.ceil(Math.random() * MAX_BYTES));
  const digest = sha256Hex(bytes);
  await vault.publish(sourceOfBytes(bytes), digest);
  // Straight to the pipe: what was printed must have been published, and nothing may wait in a buffer.
  writeSync(1, `${digest}\n`);
}
