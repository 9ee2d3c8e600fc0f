/** Reads packets: the header without a key, the container with the core's. Refuses whatever was changed in any way. */
import canonicalize from 'canonicalize';
import { sha256 } from '../crypto/digest.ts';
import type { KeyPair } from '../crypto/keys.ts';
import { openSealed } from '../crypto/sealed-box.ts';
import { sodium } from '../crypto/sodium.ts';
import { EnrouteError } from '../status/enroute-error.ts';
import { type Container, openContainer } from './container.ts';
import {
  FRAME_BYTES,
  FRAME_OVERHEAD_BYTES,
  MAX_HEADER_BYTES,
  MAX_PACKET_BYTES,
  PACKET_MAGIC,
  PACKET_VERSION,
  type PacketHeader,
  PREFIX_BYTES,
  packetHeaderSchema,
  STREAM_HEADER_BYTES,
} from './format.ts';

export interface OpenedPacket {
  readonly header: PacketHeader;
  readonly container: Container;
}

/** @throws EnrouteError ENR-PKT-001 to -004 or -009, by what is wrong with the bytes. */
export function readPacketHeader(bytes: Uint8Array): PacketHeader {
  return readPrefix(bytes).header;
}

/**
 * @param keyFor the sealing key pair of that id, or undefined when it is not held.
 * @throws EnrouteError with a code ENR-PKT-… that names what is wrong.
 */
export function openPacket(bytes: Uint8Array, keyFor: (keyId: string) => KeyPair | undefined): OpenedPacket {
  const { header, headerEnd } = readPrefix(bytes);
  const reader = keyFor(header.keyId);
  if (!reader) throw new EnrouteError('ENR-PKT-005', header.keyId);
  const key = openSealed(reader, header.sealedKey);
  if (!key) throw new EnrouteError('ENR-PKT-006', 'sealed key');
  const framesFrom = headerEnd + STREAM_HEADER_BYTES;
  const additional = sha256(bytes.subarray(0, headerEnd));
  const plain = decrypt(bytes.subarray(headerEnd, framesFrom), bytes.subarray(framesFrom), key, additional);
  sodium.memzero(key);
  return { header, container: openContainer(plain) };
}

function readPrefix(bytes: Uint8Array): { header: PacketHeader; headerEnd: number } {
  if (bytes.byteLength > MAX_PACKET_BYTES) throw new EnrouteError('ENR-PKT-009', `${bytes.byteLength} bytes`);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!buffer.subarray(0, 4).equals(PACKET_MAGIC)) throw new EnrouteError('ENR-PKT-001');
  if (buffer.byteLength < PREFIX_BYTES) throw new EnrouteError('ENR-PKT-003');
  if (buffer.readUInt8(4) !== PACKET_VERSION) throw new EnrouteError('ENR-PKT-002', `version ${buffer.readUInt8(4)}`);
  const headerBytes = buffer.readUInt16BE(6);
  const headerEnd = PREFIX_BYTES + headerBytes;
  if (buffer.readUInt8(5) !== 0 || headerBytes > MAX_HEADER_BYTES) throw new EnrouteError('ENR-PKT-004');
  if (buffer.byteLength < headerEnd + STREAM_HEADER_BYTES + FRAME_OVERHEAD_BYTES) throw new EnrouteError('ENR-PKT-003');
  const text = buffer.toString('utf8', PREFIX_BYTES, headerEnd);
  try {
    const header = packetHeaderSchema.parse(JSON.parse(text));
    // One header, one way to write it: two readers can't take the same bytes for different headers.
    if (canonicalize(header) === text) return { header, headerEnd };
  } catch (cause) {
    throw new EnrouteError('ENR-PKT-004', undefined, cause);
  }
  throw new EnrouteError('ENR-PKT-004', 'not canonical');
}

function decrypt(streamHeader: Uint8Array, frames: Uint8Array, key: Uint8Array, additional: Uint8Array): Uint8Array {
  const state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(streamHeader, key);
  const parts: Uint8Array[] = [];
  let final = false;
  for (let from = 0; from < frames.byteLength; from += FRAME_BYTES) {
    if (final) throw new EnrouteError('ENR-PKT-007');
    const frame = frames.subarray(from, Math.min(from + FRAME_BYTES, frames.byteLength));
    if (frame.byteLength <= FRAME_OVERHEAD_BYTES) throw new EnrouteError('ENR-PKT-003');
    const pulled = sodium.crypto_secretstream_xchacha20poly1305_pull(state, frame, additional);
    if (!pulled) throw new EnrouteError('ENR-PKT-006', `frame ${parts.length}`);
    parts.push(pulled.message);
    final = pulled.tag === sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  }
  if (!final) throw new EnrouteError('ENR-PKT-003', 'no final frame');
  return Buffer.concat(parts);
}
