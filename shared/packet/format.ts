/**
 * Packet format v1, byte for byte. The specification for people is `docs/packet-format.md`.
 *
 * ```
 * offset  size  what
 * 0       4     "ENRP"
 * 4       1     format version, 1
 * 5       1     reserved, 0
 * 6       2     H: length of the header, unsigned, big-endian
 * 8       H     header: canonical JSON in UTF-8
 * 8+H     24    header of the secretstream
 * 32+H    …     frames: ciphertext of 65 536 bytes of plaintext each, 17 bytes longer; the last one may be shorter
 * ```
 * Every frame carries SHA-256(bytes 0 … 8+H) as additional data, so the header can't be changed; the last frame, and it
 * alone, carries the tag FINAL, so the end can't be cut off nor anything be added. The plaintext is a container
 * (`container.ts`).
 */
import { z } from 'zod';
import { keyIdSchema } from '../crypto/keys.ts';
import { PROCESSES } from '../enrolment/enrolment.ts';
import { isRid } from '../rid/rid.ts';

export const PACKET_MAGIC = new TextEncoder().encode('ENRP');
export const PACKET_VERSION = 1;
export const PREFIX_BYTES = 8;
export const MAX_HEADER_BYTES = 4096;
export const STREAM_HEADER_BYTES = 24;
export const FRAME_PLAIN_BYTES = 64 * 1024;
export const FRAME_OVERHEAD_BYTES = 17;
export const FRAME_BYTES = FRAME_PLAIN_BYTES + FRAME_OVERHEAD_BYTES;

/** No packet is larger than this, on the station, on the wire or in the vault. */
export const MAX_PACKET_BYTES = 16 * 1024 * 1024;

/** What can be read of a packet without a key. Nothing in it names the person. */
export const packetHeaderSchema = z.strictObject({
  rid: z.string().refine(isRid, 'not a RID'),
  process: z.enum(PROCESSES),
  /** When the packet was sealed (ISO 8601, UTC). */
  sealedAt: z.iso.datetime(),
  /** The core's key that the packet's own key is sealed for. */
  keyId: keyIdSchema,
  /** The packet's own key (32 bytes), sealed for `keyId`: 80 bytes in base64url. */
  sealedKey: z.string().regex(/^[A-Za-z0-9_-]{107}$/),
});

export type PacketHeader = z.infer<typeof packetHeaderSchema>;
