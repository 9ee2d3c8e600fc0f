/**
 * The least that saving an enrolment can cost: compress the same entries, encrypt, write and fsync the bytes, and one row
 * in SQLite. No ids, no signatures, no digest, no reading back; the file's name is not made durable.
 */
import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { constants, deflateRawSync } from 'node:zlib';
import { sodium } from '@enroute/shared/crypto/sodium.ts';
import { openContainer } from '@enroute/shared/packet/container.ts';
import { FRAME_PLAIN_BYTES } from '@enroute/shared/packet/format.ts';
import type { Subject } from '../interleaved.ts';

/** @param container what the station packs of the enrolment: its entries are the floor's. */
export function openFloor(folder: string, container: Uint8Array): Subject & { close(): void } {
  const packed = openContainer(container);
  const entries = packed.paths.map((path) => packed.read(path));
  const database = new DatabaseSync(join(folder, 'floor.sqlite'));
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE queue (id TEXT PRIMARY KEY, row TEXT)');
  const insert = database.prepare('INSERT INTO queue VALUES (?, ?)');
  return {
    name: 'floor',
    once: async () => {
      const id = randomUUID();
      const bytes = encrypt(Buffer.concat(entries.map(compress)));
      const file = await open(join(folder, id), 'w');
      await file.writeFile(bytes);
      await file.sync();
      await file.close();
      insert.run(id, JSON.stringify({ id, bytes: bytes.byteLength, state: 'SEALED' }));
      return bytes.byteLength;
    },
    close: () => database.close(),
  };
}

function compress(entry: Uint8Array): Uint8Array {
  return deflateRawSync(entry, { level: constants.Z_BEST_COMPRESSION });
}

function encrypt(plain: Uint8Array): Uint8Array {
  const key = sodium.crypto_secretstream_xchacha20poly1305_keygen();
  const { state, header } = sodium.crypto_secretstream_xchacha20poly1305_init_push(key);
  const frames: Uint8Array[] = [header];
  const tag = sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
  for (let from = 0; from < plain.byteLength; from += FRAME_PLAIN_BYTES) {
    const frame = plain.subarray(from, from + FRAME_PLAIN_BYTES);
    frames.push(sodium.crypto_secretstream_xchacha20poly1305_push(state, frame, null, tag));
  }
  return Buffer.concat(frames);
}
