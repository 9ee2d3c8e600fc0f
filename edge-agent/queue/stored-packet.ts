/**
 * How a packet lies on the station's disk: the signed manifest and the packet, in one file, so that the queue can be
 * made anew from the files alone should its database be damaged.
 *
 * ```
 * offset  size  what
 * 0       4     "ENRS"
 * 4       1     version, 1
 * 5       3     M: length of the manifest, unsigned, big-endian
 * 8       M     manifest: JSON in UTF-8
 * 8+M     …     the packet (docs/packet-format.md)
 * ```
 */
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { type Manifest, manifestSchema } from '@enroute/shared/schemas/manifest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';

const MAGIC = Buffer.from('ENRS');
const VERSION = 1;
const PREFIX_BYTES = 8;
const MAX_MANIFEST_BYTES = 64 * 1024;

export interface StoredPacket {
  readonly manifest: Manifest;
  readonly packet: Uint8Array;
}

export function encodeStored({ manifest, packet }: StoredPacket): Uint8Array {
  const json = Buffer.from(JSON.stringify(manifest));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  MAGIC.copy(prefix);
  prefix.writeUInt8(VERSION, 4);
  prefix.writeUIntBE(json.byteLength, 5, 3);
  return Buffer.concat([prefix, json, packet]);
}

/** @throws EnrouteError ENR-STN-003 when the file is not whole: `detail` says which part of it. */
export function decodeStored(bytes: Uint8Array): StoredPacket {
  const { manifest, packet } = splitStored(bytes);
  if (packet.byteLength !== manifest.packet.bytes) throw damaged('length');
  if (sha256Hex(packet) !== manifest.packet.digest) throw damaged('packet');
  return { manifest, packet };
}

/** What it says it is, whether or not the packet is whole. @throws EnrouteError ENR-STN-003 when not even that can be read. */
export function splitStored(bytes: Uint8Array): StoredPacket {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.byteLength < PREFIX_BYTES || !buffer.subarray(0, 4).equals(MAGIC)) throw damaged('prefix');
  const packetFrom = PREFIX_BYTES + buffer.readUIntBE(5, 3);
  if (buffer.readUInt8(4) !== VERSION || packetFrom > Math.min(buffer.byteLength, MAX_MANIFEST_BYTES)) {
    throw damaged('prefix');
  }
  const manifest = readManifest(buffer.toString('utf8', PREFIX_BYTES, packetFrom));
  return { manifest, packet: buffer.subarray(packetFrom) };
}

function readManifest(text: string): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    // The parser's message quotes the text.
    throw damaged('manifest');
  }
}

function damaged(part: string): EnrouteError {
  return new EnrouteError('ENR-STN-003', part);
}
