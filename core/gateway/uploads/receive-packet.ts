/**
 * The moment at which the core becomes answerable for a packet: its bytes are verified against the manifest, durable in
 * the vault, and the registration says so. Only then does the station get its answer. The packet goes by in pieces; of its
 * bytes only the header is kept.
 */
import { createHash } from 'node:crypto';
import {
  FRAME_OVERHEAD_BYTES,
  MAX_HEADER_BYTES,
  PREFIX_BYTES,
  STREAM_HEADER_BYTES,
} from '@enroute/shared/packet/format.ts';
import { readPacketHeader } from '@enroute/shared/packet/open.ts';
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { StoredRegistration } from '../../databases.ts';
import type { PacketSource, Vault } from '../../vault/vault.ts';
import type { MarkReceived } from './mark-received.ts';

/** Enough of a packet to read its header. */
const HEAD_BYTES = PREFIX_BYTES + MAX_HEADER_BYTES + STREAM_HEADER_BYTES + FRAME_OVERHEAD_BYTES;

/**
 * Idempotent: a crash at any point leaves either the upload or the packet in the vault, and the next call goes on.
 * @param upload what there is of the upload
 * @param markReceived durable when it resolves
 * @throws EnrouteError ENR-UPL-002, -003 or ENR-PKT-… when the bytes are not the announced packet, ENR-WEB-002 when they are
 *   neither in the upload nor in the vault.
 */
export async function receivePacket(
  registration: StoredRegistration,
  upload: PacketSource | undefined,
  vault: Vault,
  markReceived: MarkReceived,
): Promise<void> {
  const isWhole = upload?.bytes === registration.packet.bytes;
  // A whole upload is published whatever the vault has: the same packet twice is one packet.
  if (isWhole || !(await isKept(registration, vault))) await publish(registration, upload, vault);
  await markReceived(registration);
}

/**
 * Whether the vault has the packet, sound. Also what lies in the vault is held against this registration: it may be
 * another station's packet that this one names as its own, to be given the number of a person whom it never saw.
 */
async function isKept(registration: Registration, vault: Vault): Promise<boolean> {
  const { digest } = registration.packet;
  if (!(await vault.has(digest))) return false;
  const head = new PacketHead();
  let bytes = 0;
  try {
    for await (const piece of vault.open(digest)) {
      head.take(piece);
      bytes += piece.byteLength;
    }
  } catch (error) {
    // It has rotted, and is to be replaced.
    if (error instanceof EnrouteError) return false;
    throw error;
  }
  requireLength(registration, bytes);
  requireHeader(registration, head.bytes());
  return true;
}

/** Verifies and publishes in one reading. */
async function publish(registration: Registration, source: PacketSource | undefined, vault: Vault): Promise<void> {
  const { digest } = registration.packet;
  if (!source) throw new EnrouteError('ENR-WEB-002', 'the upload has gone');
  requireLength(registration, source.bytes);
  const checked: PacketSource = {
    ...source,
    chunks: async function* chunks() {
      const head = new PacketHead();
      for await (const chunk of source.chunks()) {
        head.take(chunk);
        yield chunk;
      }
      try {
        requireHeader(registration, head.bytes());
      } catch (error) {
        // Damaged bytes may look like anything: what matters to the station is that they are to be sent again.
        if ((await digestOf(source)) !== digest) throw new EnrouteError('ENR-UPL-003');
        throw error;
      }
    },
  };
  try {
    await vault.publish(checked, digest);
  } catch (error) {
    throw error instanceof EnrouteError && error.code === 'ENR-PKT-006' ? new EnrouteError('ENR-UPL-003') : error;
  }
}

async function digestOf(source: PacketSource): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of source.chunks()) hash.update(chunk);
  return hash.digest('hex');
}

/** The first bytes of a packet that goes by. */
class PacketHead {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  take(piece: Uint8Array): void {
    const wanted = piece.subarray(0, HEAD_BYTES - this.#length);
    if (wanted.byteLength === 0) return;
    this.#pieces.push(wanted);
    this.#length += wanted.byteLength;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#pieces);
  }
}

function requireLength({ packet }: Registration, bytes: number): void {
  if (bytes !== packet.bytes) throw new EnrouteError('ENR-UPL-002', `${bytes} bytes`);
}

function requireHeader({ packet, process, _id: rid }: Registration, head: Uint8Array): void {
  const header = readPacketHeader(head);
  if (header.rid !== rid || header.process !== process || header.keyId !== packet.keyId) {
    throw new EnrouteError('ENR-PKT-010');
  }
}
