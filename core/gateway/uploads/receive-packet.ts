/**
 * The moment at which the core becomes answerable for a packet: its bytes are verified against the manifest, durable in
 * the vault, and the registration says so. Only then does the station get its answer.
 */
import { readFile } from 'node:fs/promises';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { readPacketHeader } from '@enroute/shared/packet/open.ts';
import { moveTo, type Registration } from '@enroute/shared/registration/registration.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { StoredRegistration } from '../../databases.ts';
import type { Database } from '../../store/store.ts';
import type { Vault } from '../../vault/vault.ts';

/**
 * Idempotent: a crash at any point leaves either the file or the packet in the vault, and the next call goes on.
 * @param path the upload, whole
 * @throws EnrouteError ENR-UPL-002, -003 or ENR-PKT-… when the bytes are not the announced packet.
 */
export async function receivePacket(
  registration: Registration,
  path: string,
  vault: Vault,
  registrations: Database,
  now: () => Date,
): Promise<void> {
  const { digest } = registration.packet;
  const kept = await readKept(vault, digest);
  // Also what lies in the vault is held against this registration: it may be another station's packet that this one
  // names as its own, to be given the number of a person whom it never saw.
  verifyPacket(registration, kept ?? (await readFile(path)));
  if (!kept) await vault.publish(path, digest);
  await markReceived(registration._id, registrations, now);
}

/** The packet as the vault has it; undefined when it has none, or one that has rotted and is to be replaced. */
async function readKept(vault: Vault, digest: string): Promise<Uint8Array | undefined> {
  if (!(await vault.has(digest))) return undefined;
  try {
    return await vault.read(digest);
  } catch (error) {
    if (error instanceof EnrouteError) return undefined;
    throw error;
  }
}

function verifyPacket(registration: Registration, bytes: Uint8Array): void {
  const { packet, process, _id: rid } = registration;
  if (bytes.byteLength !== packet.bytes) throw new EnrouteError('ENR-UPL-002', `${bytes.byteLength} bytes`);
  if (sha256Hex(bytes) !== packet.digest) throw new EnrouteError('ENR-UPL-003');
  const header = readPacketHeader(bytes);
  if (header.rid !== rid || header.process !== process || header.keyId !== packet.keyId) {
    throw new EnrouteError('ENR-PKT-010');
  }
}

const MAX_TRIES = 5;

async function markReceived(rid: string, registrations: Database, now: () => Date): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const registration = await registrations.get<StoredRegistration>(rid);
    if (!registration) throw new EnrouteError('ENR-UPL-001');
    if (registration.state !== 'ANNOUNCED') return;
    const [result] = await registrations.write([moveTo(registration, 'RECEIVED', { receivedAt: now().toISOString() })]);
    if (result?.ok) return;
  }
  throw new EnrouteError('ENR-WEB-002', 'registration is being written by others');
}
