/** Writes the packet of a registration in MOSIP's layout, for an administrator: personal data leaves the core in the open. */
import { open, rm } from 'node:fs/promises';
import { mosipFromEnrolment } from '@enroute/shared/mosip/export.ts';
import { mosipPacketZip } from '@enroute/shared/mosip/packet-zip.ts';
import { readEnrolment, readMeta } from '@enroute/shared/packet/contents.ts';
import { openPacket } from '@enroute/shared/packet/open.ts';
import { type Manifest, manifestId, manifestSchema } from '@enroute/shared/schemas/manifest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { writeDurably } from '@enroute/sync/disk/durable-file.ts';
import type { Logger } from 'pino';
import type { CoreDatabases, StoredRegistration } from '../databases.ts';
import { sealingKeyFor } from '../keys.ts';
import type { OpenedCore } from '../open-core.ts';
import type { Doc } from '../store/store.ts';

/**
 * @param to the zip, which only the user who runs this may read; it must not be there yet
 * @throws EnrouteError ENR-EXP-001 when the core holds no such packet, ENR-EXP-002 when there is a file already,
 *   ENR-PKT-… when the packet cannot be opened; MosipError or CbeffError when MOSIP's layout cannot hold it
 */
export async function exportPacket(
  rid: string,
  to: string,
  { databases, vault, keys }: Pick<OpenedCore, 'databases' | 'vault' | 'keys'>,
  log: Logger,
): Promise<void> {
  const registration = await databases.registrations.get<StoredRegistration>(rid);
  if (!registration || !(await vault.has(registration.packet.digest))) throw new EnrouteError('ENR-EXP-001', rid);
  const bytes = await vault.read(registration.packet.digest);
  const { header, container } = openPacket(bytes, (keyId) => sealingKeyFor(keys, keyId));
  const { process, station, operator, ...meta } = readMeta(container);
  if (meta.rid !== rid) throw new EnrouteError('ENR-PKT-010', rid);
  const supervisor = await approverOf(rid, station, databases);
  const context = {
    rid,
    process,
    station,
    operator,
    createdAt: header.sealedAt,
    ...(supervisor ? { supervisor } : {}),
  };
  const zip = await mosipPacketZip(mosipFromEnrolment(readEnrolment(container), context), context);
  // Told before it is done: an export that ends half-way has been seen by someone, too.
  log.info({ rid }, 'a packet is exported');
  await writeNew(to, zip);
}

/** Who approved the packet, as its manifest says; the gateway has checked the signature when it took the manifest. */
async function approverOf(rid: string, station: string, databases: CoreDatabases): Promise<string | undefined> {
  const channel = await databases.channel(station);
  const stored = await channel.get<Doc & Partial<Manifest>>(manifestId(rid));
  if (!stored) return undefined;
  const { _id, _rev, ...manifest } = stored;
  const parsed = manifestSchema.safeParse(manifest);
  return parsed.data?.signatures.find(({ role }) => role === 'supervisor')?.signer;
}

/** Takes the name first, as nobody else's, and only then puts the whole file under it. */
async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (cause) {
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw taken ? new EnrouteError('ENR-EXP-002', path, cause) : cause;
  }
  try {
    await writeDurably(path, bytes);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}
