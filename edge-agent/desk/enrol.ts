/** From what the desk captured to a packet that is safe on this disk. When this returns, the screen may say "saved". */
import type { Enrolment, Process } from '@enroute/shared/enrolment/enrolment.ts';
import { packEnrolment } from '@enroute/shared/packet/contents.ts';
import { sealPacket } from '@enroute/shared/packet/seal.ts';
import { checkEnrolment, type EnrolmentPolicy } from '@enroute/shared/policy/enrolment-policy.ts';
import type { CoreCard } from '@enroute/shared/schemas/cards.ts';
import { type ManifestBody, signManifest } from '@enroute/shared/schemas/manifest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { OperatorSession, StationIdentity } from '../keys/station-identity.ts';
import type { PacketFiles } from '../queue/packet-files.ts';
import type { Queue } from '../queue/queue.ts';
import { issueRid } from '../queue/rid-issuer.ts';
import type { CounterCollection } from '../queue/station-database.ts';

export interface EnrolDependencies {
  readonly identity: StationIdentity;
  readonly core: CoreCard;
  readonly counters: CounterCollection;
  readonly files: PacketFiles;
  readonly queue: Queue;
  readonly policy: EnrolmentPolicy;
  readonly now: () => Date;
}

export interface EnrolRequest {
  readonly enrolment: Enrolment;
  readonly process: Process;
  readonly operator: OperatorSession;
  readonly priority: ManifestBody['priority'];
  /** For a CORRECTION: the registration that it corrects. */
  readonly corrects?: string;
}

export interface Saved {
  readonly rid: string;
  readonly digest: string;
  readonly bytes: number;
}

/**
 * @throws EnrouteError ENR-VAL-… when the core would refuse it, ENR-PKT-… when it does not fit a packet, ENR-STN-… when
 *   the disk fails. Nothing was saved then.
 */
export async function enrol(request: EnrolRequest, using: EnrolDependencies): Promise<Saved> {
  const { enrolment, process, operator } = request;
  const [finding] = checkEnrolment({ ...enrolment, process }, using.policy);
  if (finding) throw new EnrouteError(finding.code, finding.detail);

  const { station } = using.identity;
  const at = using.now();
  const rid = await issueRid(using.counters, station, at);
  const container = packEnrolment({ rid, process, station, operator: operator.id }, enrolment);
  const packet = sealPacket({ rid, process, sealedAt: at, reader: using.core.sealingKey, container });
  const bytes = packet.bytes.byteLength;
  const body: ManifestBody = {
    v: 1,
    rid,
    process,
    station,
    operator: operator.id,
    createdAt: at.toISOString(),
    packet: { digest: packet.digest, bytes, keyId: packet.header.keyId },
    priority: request.priority,
    ...(request.corrects ? { corrects: request.corrects } : {}),
  };
  const manifest = signManifest(body, [
    { role: 'station', signer: station, key: using.identity.signing },
    { role: 'operator', signer: operator.id, key: operator.key },
  ]);
  // Bytes first: a row always has its file. A crash in between leaves a file without a row, and nothing was said yet.
  await using.files.save(rid, packet.bytes, packet.digest);
  await using.queue.add({ rid, state: 'SEALED', manifest, savedAt: at.toISOString() });
  return { rid, digest: packet.digest, bytes };
}
