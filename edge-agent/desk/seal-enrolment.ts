/** An enrolment as a signed manifest and a sealed packet: for the core, or, while it is a draft, for this station itself. */
import { type PublicKey, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { Enrolment, Process } from '@enroute/shared/enrolment/enrolment.ts';
import { packEnrolment } from '@enroute/shared/packet/contents.ts';
import { sealPacket } from '@enroute/shared/packet/seal.ts';
import { type ManifestBody, signManifest } from '@enroute/shared/schemas/manifest.ts';
import type { PersonSession } from '../keys/people.ts';
import type { StoredPacket } from '../queue/stored-packet.ts';
import type { Desk } from './desk.ts';

interface ToSeal {
  readonly enrolment: Enrolment;
  readonly process: Process;
  readonly operator: PersonSession;
  readonly priority: ManifestBody['priority'];
  readonly corrects?: string;
}

/** @throws EnrouteError ENR-PKT-… when it does not fit a packet. */
export function sealForCore(
  rid: string,
  what: ToSeal,
  at: Date,
  desk: Pick<Desk, 'identity' | 'core'>,
): Promise<StoredPacket> {
  return seal(rid, what, at, desk, desk.core.sealingKey);
}

/** @throws EnrouteError ENR-PKT-… when it does not fit a packet. */
export function sealForStation(
  rid: string,
  what: ToSeal,
  at: Date,
  desk: Pick<Desk, 'identity'>,
): Promise<StoredPacket> {
  return seal(rid, what, at, desk, publicKeyOf(desk.identity.sealing));
}

async function seal(
  rid: string,
  { enrolment, process, operator, priority, corrects }: ToSeal,
  at: Date,
  { identity }: Pick<Desk, 'identity'>,
  reader: PublicKey,
): Promise<StoredPacket> {
  const { station, signing } = identity;
  const container = await packEnrolment({ rid, process, station, operator: operator.id }, enrolment);
  const { header, bytes, digest } = sealPacket({ rid, process, sealedAt: at, reader, container });
  const body: ManifestBody = {
    v: 1,
    rid,
    process,
    station,
    operator: operator.id,
    createdAt: at.toISOString(),
    packet: { digest, bytes: bytes.byteLength, keyId: header.keyId },
    // The core has asked for it, and the person has been here twice.
    priority: process === 'CORRECTION' ? 'urgent' : priority,
    ...(corrects ? { corrects } : {}),
  };
  const manifest = signManifest(body, [
    { role: 'station', signer: station, key: signing },
    { role: 'operator', signer: operator.id, key: operator.key },
  ]);
  return { manifest, packet: bytes };
}
