/** Where a packet stands by what lies on the disk alone: its file, the supervisor's decision, and the copy to decide by. */
import type { PublicKey } from '@enroute/shared/crypto/keys.ts';
import { isSignedBy, type Manifest } from '@enroute/shared/schemas/manifest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import canonicalize from 'canonicalize';
import type { PacketFiles } from '../queue/packet-files.ts';
import type { QueueItem } from '../queue/queue-item.ts';

export interface FilesOfStation {
  readonly files: PacketFiles;
  readonly drafts: PacketFiles;
  readonly station: string;
  /** Of the station, the present one and those of before. */
  readonly stationKeys: readonly PublicKey[];
}

type Row = Omit<QueueItem, 'changedAt'>;

/** @throws EnrouteError ENR-STN-003 when file or decision are damaged, or not this station's. */
export async function rowByFiles(rid: string, at: FilesOfStation): Promise<Row> {
  const { manifest } = await at.files.readStored(rid);
  demandOwn(manifest, at);
  const row = { rid, manifest, savedAt: manifest.createdAt };
  const decision = await at.files.readDecision(rid);
  if (decision === undefined) return { ...row, state: (await hasCopy(manifest, at)) ? 'AWAITING_APPROVAL' : 'SEALED' };
  if ('rejected' in decision)
    return { ...row, state: 'REJECTED', rejection: decision.rejected, problem: 'ENR-APR-003' };
  if (!isSameSealed(decision.approved, manifest)) throw new EnrouteError('ENR-STN-003', `${rid}: decision`);
  return { ...row, state: 'APPROVED', manifest: decision.approved };
}

/** @throws EnrouteError ENR-STN-003 when it is damaged, or not this station's. */
export async function draftByFile(rid: string, at: FilesOfStation): Promise<Row> {
  const { manifest } = await at.drafts.readStored(rid);
  demandOwn(manifest, at);
  return { rid, state: 'DRAFT', manifest, savedAt: manifest.createdAt };
}

/** The same but for the supervisor's signature, which comes after the file. */
export function isSameSealed(one: Manifest, other: Manifest): boolean {
  return canonicalize(asSealed(one)) === canonicalize(asSealed(other));
}

function asSealed(manifest: Manifest): Manifest {
  return { ...manifest, signatures: manifest.signatures.filter(({ role }) => role !== 'supervisor') };
}

export function demandOwn(
  manifest: Manifest,
  { station, stationKeys }: Pick<FilesOfStation, 'station' | 'stationKeys'>,
): void {
  if (stationKeys.some((key) => isSignedBy(manifest, 'station', station, key))) return;
  throw new EnrouteError('ENR-STN-003', `${manifest.rid}: signature`);
}

/** A copy for the supervisor is sealed at the same time; a draft that was completed since is older. */
async function hasCopy({ rid, createdAt }: Manifest, { drafts }: FilesOfStation): Promise<boolean> {
  if (!(await drafts.has(rid))) return false;
  return (await drafts.readManifest(rid)).createdAt === createdAt;
}
