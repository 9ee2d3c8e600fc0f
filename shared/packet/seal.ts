/** Makes the sealed bytes of a packet: a fresh key for each, sealed for the core, and the container in frames. */
import canonicalize from 'canonicalize';
import { sha256, sha256Hex } from '../crypto/digest.ts';
import type { PublicKey } from '../crypto/keys.ts';
import { sealFor } from '../crypto/sealed-box.ts';
import { sodium } from '../crypto/sodium.ts';
import { EnrouteError } from '../status/enroute-error.ts';
import {
  FRAME_PLAIN_BYTES,
  MAX_HEADER_BYTES,
  MAX_PACKET_BYTES,
  PACKET_MAGIC,
  PACKET_VERSION,
  type PacketHeader,
  PREFIX_BYTES,
  packetHeaderSchema,
} from './format.ts';

export interface SealedPacket {
  readonly header: PacketHeader;
  readonly bytes: Uint8Array;
  /** SHA-256 over all of `bytes`, hex. It names the packet everywhere. */
  readonly digest: string;
}

export interface SealInput {
  readonly rid: string;
  readonly process: PacketHeader['process'];
  readonly sealedAt: Date;
  /** The core's sealing key. */
  readonly reader: PublicKey;
  readonly container: Uint8Array;
}

/** @throws EnrouteError ENR-PKT-009 when the packet would be larger than the core accepts. */
export function sealPacket(input: SealInput): SealedPacket {
  const key = sodium.crypto_secretstream_xchacha20poly1305_keygen();
  const header = packetHeaderSchema.parse({
    rid: input.rid,
    process: input.process,
    sealedAt: input.sealedAt.toISOString(),
    keyId: input.reader.keyId,
    sealedKey: sealFor(input.reader, key),
  });
  const prefix = encodePrefix(header);
  const additional = sha256(prefix);
  const { state, header: streamHeader } = sodium.crypto_secretstream_xchacha20poly1305_init_push(key);
  sodium.memzero(key);

  const parts = [prefix, streamHeader];
  const { container } = input;
  for (let from = 0; from < container.byteLength; from += FRAME_PLAIN_BYTES) {
    const to = Math.min(from + FRAME_PLAIN_BYTES, container.byteLength);
    const tag =
      to === container.byteLength
        ? sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
        : sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
    const frame = container.subarray(from, to);
    parts.push(sodium.crypto_secretstream_xchacha20poly1305_push(state, frame, additional, tag));
  }
  const bytes = Buffer.concat(parts);
  if (bytes.byteLength > MAX_PACKET_BYTES) throw new EnrouteError('ENR-PKT-009', `${bytes.byteLength} bytes`);
  return { header, bytes, digest: sha256Hex(bytes) };
}

function encodePrefix(header: PacketHeader): Uint8Array {
  const json = Buffer.from(canonicalize(header) ?? '');
  if (json.byteLength > MAX_HEADER_BYTES) throw new EnrouteError('ENR-PKT-004', 'header too long');
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.set(PACKET_MAGIC);
  prefix.writeUInt8(PACKET_VERSION, 4);
  prefix.writeUInt16BE(json.byteLength, 6);
  return Buffer.concat([prefix, json]);
}
