/**
 * The plaintext of a packet: a few named entries behind an index, each compressed by itself, so that a stage that needs
 * the quality scores reads a few hundred bytes and never touches half a megabyte of images.
 *
 * ```
 * offset  size  what
 * 0       4     "ENRC"
 * 4       1     container version, 1
 * 5       3     I: length of the index, unsigned, big-endian
 * 8       I     index: JSON, {"entries":[{"path","bytes","storedBytes","encoding"}, …]}
 * 8+I     …     the entries' stored bytes, one behind the other, in the index's order
 * ```
 * `encoding` is "deflate-raw" (RFC 1951) or "none", where compression would not pay. The first segment of a path is the
 * sub-packet: `id/`, `evidence/` or `optional/`; `meta.json` stands by itself.
 */
import { constants, deflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { EnrouteError } from '../status/enroute-error.ts';

const MAGIC = Buffer.from('ENRC');
const VERSION = 1;
const PREFIX_BYTES = 8;
const MAX_INDEX_BYTES = 64 * 1024;
const MAX_ENTRIES = 256;
/** No container unpacks to more than this, whatever its index says. */
const MAX_CONTAINER_BYTES = 64 * 1024 * 1024;
/** Of compressed images 7.93 and more was seen, of texts and scanned pages 6.2 and less. */
const DENSE_BITS_PER_BYTE = 7.9;
/** Too few bytes tell nothing. */
const MIN_JUDGED_BYTES = 4096;
/** Of a larger one, so many in even steps are looked at. */
const MOST_JUDGED_BYTES = 16 * 1024;
/** zlib's own pieces of 16 KiB cost more in their number than they save. */
const CHUNK_BYTES = 64 * 1024;
/** Compression must save at least a 32nd of an entry to be worth the reader's time. */
const WORTHWHILE = 31 / 32;

const PATH = /^(meta\.json|(id|evidence|optional)(\/[A-Za-z0-9][A-Za-z0-9._-]{0,127}){1,3})$/;

const indexSchema = z.strictObject({
  entries: z
    .array(
      z.strictObject({
        path: z.string().regex(PATH),
        bytes: z.int().nonnegative(),
        storedBytes: z.int().nonnegative(),
        encoding: z.enum(['deflate-raw', 'none']),
      }),
    )
    .min(1)
    .max(MAX_ENTRIES),
});

type Entry = z.infer<typeof indexSchema>['entries'][number];

/** A readable container: entries are decompressed when they are asked for. */
export interface Container {
  readonly paths: readonly string[];
  has(path: string): boolean;
  /** Length of the entry as the index states it, which `read` verifies; 0 when there is no such entry. */
  bytesOf(path: string): number;
  /** @throws EnrouteError ENR-PKT-008 when there is no such entry or it does not unpack to its stated size. */
  read(path: string): Uint8Array;
}

/**
 * Entries are compressed beside each other.
 * @param contents entries by path, written in the map's order.
 */
export async function packContainer(contents: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  for (const path of contents.keys()) if (!PATH.test(path)) throw new EnrouteError('ENR-PKT-008', `path "${path}"`);
  const packed = await Promise.all([...contents].map(([path, content]) => pack(path, content)));
  const entries = packed.map(({ entry }) => entry);
  const index = Buffer.from(JSON.stringify(indexSchema.parse({ entries })));
  if (index.byteLength > MAX_INDEX_BYTES) throw new EnrouteError('ENR-PKT-008', 'index too long');
  const prefix = Buffer.alloc(PREFIX_BYTES);
  MAGIC.copy(prefix);
  prefix.writeUInt8(VERSION, 4);
  prefix.writeUIntBE(index.byteLength, 5, 3);
  return Buffer.concat([prefix, index, ...packed.map(({ stored }) => stored)]);
}

/**
 * True of bytes that are compressed already, as images are: they use all values about equally. To try all the same would
 * take most of the time of sealing, for nothing.
 */
function isDense(content: Uint8Array): boolean {
  if (content.byteLength < MIN_JUDGED_BYTES) return false;
  const counts = new Uint32Array(256);
  const stride = Math.ceil(content.byteLength / MOST_JUDGED_BYTES);
  let judged = 0;
  for (let at = 0; at < content.byteLength; at += stride) {
    const byte = content[at] ?? 0;
    counts[byte] = (counts[byte] ?? 0) + 1;
    judged += 1;
  }
  let bitsPerByte = 0;
  for (const count of counts) {
    const share = count / judged;
    if (share > 0) bitsPerByte -= share * Math.log2(share);
  }
  return bitsPerByte > DENSE_BITS_PER_BYTE;
}

/** Large ones off this thread; to hand over a small one would take longer than the work. */
function deflate(content: Uint8Array): Promise<Uint8Array> {
  const options = { level: constants.Z_BEST_COMPRESSION, chunkSize: CHUNK_BYTES };
  if (content.byteLength < CHUNK_BYTES) return Promise.resolve(deflateRawSync(content, options));
  return new Promise((resolve, reject) => {
    deflateRaw(content, options, (error, deflated) => {
      if (error) reject(error);
      else resolve(deflated);
    });
  });
}

async function pack(path: string, content: Uint8Array): Promise<{ entry: Entry; stored: Uint8Array }> {
  const deflated = isDense(content) ? content : await deflate(content);
  const worthwhile = deflated.byteLength < content.byteLength * WORTHWHILE;
  const stored = worthwhile ? deflated : content;
  const encoding = worthwhile ? 'deflate-raw' : 'none';
  return { entry: { path, bytes: content.byteLength, storedBytes: stored.byteLength, encoding }, stored };
}

/** @throws EnrouteError ENR-PKT-008 when the bytes are not a well-formed container. */
export function openContainer(bytes: Uint8Array): Container {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { entries, start } = readIndex(buffer);
  const places = new Map<string, { readonly entry: Entry; readonly from: number }>();
  let from = start;
  let unpacked = 0;
  for (const entry of entries) {
    if (places.has(entry.path)) throw new EnrouteError('ENR-PKT-008', 'a path stands twice');
    if (entry.encoding === 'none' && entry.bytes !== entry.storedBytes) throw new EnrouteError('ENR-PKT-008', 'sizes');
    places.set(entry.path, { entry, from });
    from += entry.storedBytes;
    unpacked += entry.bytes;
  }
  if (from !== buffer.byteLength) throw new EnrouteError('ENR-PKT-008', 'length differs from the index');
  if (unpacked > MAX_CONTAINER_BYTES) throw new EnrouteError('ENR-PKT-009');
  return {
    paths: [...places.keys()],
    has: (path) => places.has(path),
    bytesOf: (path) => places.get(path)?.entry.bytes ?? 0,
    read: (path) => {
      const place = places.get(path);
      if (!place) throw new EnrouteError('ENR-PKT-008', `no entry ${path}`);
      return unpack(place.entry, buffer.subarray(place.from, place.from + place.entry.storedBytes));
    },
  };
}

function readIndex(buffer: Buffer): { entries: Entry[]; start: number } {
  if (buffer.byteLength < PREFIX_BYTES || !buffer.subarray(0, 4).equals(MAGIC)) {
    throw new EnrouteError('ENR-PKT-008', 'not a container');
  }
  if (buffer.readUInt8(4) !== VERSION) throw new EnrouteError('ENR-PKT-002', 'container version');
  const indexBytes = buffer.readUIntBE(5, 3);
  const start = PREFIX_BYTES + indexBytes;
  if (indexBytes > MAX_INDEX_BYTES || start > buffer.byteLength) throw new EnrouteError('ENR-PKT-008', 'index length');
  try {
    const { entries } = indexSchema.parse(JSON.parse(buffer.toString('utf8', PREFIX_BYTES, start)));
    return { entries, start };
  } catch (cause) {
    throw new EnrouteError('ENR-PKT-008', 'index', cause);
  }
}

function unpack(entry: Entry, stored: Uint8Array): Uint8Array {
  if (entry.encoding === 'none') return stored;
  try {
    // An honest entry never exceeds what it states; one byte of room tells a lie from the truth.
    const content = inflateRawSync(stored, { maxOutputLength: entry.bytes + 1 });
    if (content.byteLength === entry.bytes) return content;
  } catch (cause) {
    throw new EnrouteError('ENR-PKT-008', `entry ${entry.path}`, cause);
  }
  throw new EnrouteError('ENR-PKT-008', `entry ${entry.path} is not as long as stated`);
}
