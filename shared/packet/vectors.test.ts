import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sha256Hex } from '../crypto/digest.ts';
import { fromBase64Url } from '../crypto/encoding.ts';
import { keyPairSchema } from '../crypto/keys.ts';
import { openPacket } from './open.ts';

/** The published vectors: format v1 as it was frozen. They change with no refactoring, only with a new version. */
const vectors = z
  .object({
    reader: z.object({ publicKey: z.string(), secretKey: z.string(), keyId: z.string() }),
    packets: z.array(
      z.object({
        name: z.string(),
        packet: z.string(),
        bytes: z.number(),
        digest: z.string(),
        header: z.record(z.string(), z.string()),
        entries: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
      }),
    ),
    refused: z.array(
      z.object({
        of: z.string(),
        what: z.string(),
        edit: z.union([
          z.object({ at: z.number(), xor: z.number() }),
          z.object({ cut: z.number() }),
          z.object({ append: z.string() }),
        ]),
        code: z.string(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'vectors/v1.json'), 'utf8')));

const { keyId, ...keys } = vectors.reader;
const reader = keyPairSchema.parse(keys);
const open = (bytes: Uint8Array) => openPacket(bytes, (id) => (id === keyId ? reader : undefined));

describe('the vectors of packet format v1', () => {
  it.each(vectors.packets)('open: $name', ({ packet, bytes, digest, header, entries }) => {
    const raw = fromBase64Url(packet);
    expect(raw.byteLength).toBe(bytes);
    expect(sha256Hex(raw)).toBe(digest);
    const opened = open(raw);
    expect(opened.header).toEqual(header);
    const read = opened.container.paths.map((path) => {
      const content = opened.container.read(path);
      return { path, bytes: content.byteLength, sha256: sha256Hex(content) };
    });
    expect(read).toEqual(entries);
  });

  it.each(vectors.refused)('are refused with $code: $of, $what', ({ of, edit, code }) => {
    const packet = vectors.packets.find(({ name }) => name === of);
    expect(() => open(edited(fromBase64Url(packet?.packet ?? ''), edit))).toThrow(code);
  });
});

function edited(bytes: Uint8Array, edit: (typeof vectors.refused)[number]['edit']): Uint8Array {
  if ('cut' in edit) return bytes.subarray(0, bytes.byteLength - edit.cut);
  if ('append' in edit) return Buffer.concat([bytes, Buffer.from(edit.append, 'hex')]);
  const changed = Uint8Array.from(bytes);
  changed[edit.at] = (changed[edit.at] ?? 0) ^ edit.xor;
  return changed;
}
