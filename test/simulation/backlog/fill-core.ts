/** Fills a core with a backlog as its gateway would have left it. Doing it again after it was cut off changes nothing. */
import type { StoredRegistration } from '@enroute/core/databases.ts';
import type { OpenedCore } from '@enroute/core/open-core.ts';
import { sourceOfBytes } from '@enroute/core/vault/packet-source.ts';
import { sha256Hex } from '@enroute/shared/crypto/digest.ts';
import { newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import type { Enrolment } from '@enroute/shared/enrolment/enrolment.ts';
import { packEnrolment } from '@enroute/shared/packet/contents.ts';
import { sealPacket } from '@enroute/shared/packet/seal.ts';
import { laneOf } from '@enroute/shared/registration/lane.ts';
import type { Registration } from '@enroute/shared/registration/registration.ts';
import { manifestId } from '@enroute/shared/schemas/manifest.ts';
import { type Arrival, arrivalOf, type Backlog, OPERATOR, STATIONS } from './backlog.ts';

const AT_ONCE = 50;

/** Makes the stations of all backlogs known to a new core. */
export async function registerStations(core: OpenedCore): Promise<void> {
  for (const station of STATIONS) {
    await core.register({
      v: 1,
      station,
      signingKey: publicKeyOf(newSigningKeyPair()),
      sealingKey: publicKeyOf(newSealingKeyPair()),
      operators: [{ id: OPERATOR, signingKey: publicKeyOf(newSigningKeyPair()) }],
      supervisors: [],
    });
  }
}

/** @returns how many bytes the packets have. */
export async function fillCore(core: OpenedCore, backlog: Backlog, pattern: Enrolment): Promise<number> {
  const { from, count, at } = backlog;
  let packetBytes = 0;
  for (let first = from; first < from + count; first += AT_ONCE) {
    const people = Array.from({ length: Math.min(AT_ONCE, from + count - first) }, (_, index) => first + index);
    const arrivals = people.map((person) => arrivalOf(person, backlog, pattern));
    const announced = await Promise.all(arrivals.map((arrival) => announcementOf(core, arrival, at)));
    await receive(core, announced, at);
    packetBytes += announced.reduce((sum, { packet }) => sum + packet.bytes, 0);
  }
  return packetBytes;
}

/** In the order of the gateway: registered, announced in the channel, and received when the bytes are there. */
async function receive(core: OpenedCore, announced: readonly Registration[], receivedAt: string): Promise<void> {
  const { registrations } = core.databases;
  await registrations.write(announced);
  for (const [station, those] of Map.groupBy(announced, (registration) => registration.station)) {
    const channel = await core.databases.channel(station);
    await channel.write(those.map(({ _id }) => ({ _id: manifestId(_id) })));
  }
  const found = await registrations.getMany<StoredRegistration>(announced.map(({ _id }) => _id));
  const waiting = found.filter(({ state }) => state === 'ANNOUNCED');
  await registrations.write(waiting.map((registration) => ({ ...registration, state: 'RECEIVED', receivedAt })));
}

/** Its bytes are in the vault when this is done. */
async function announcementOf(core: OpenedCore, arrival: Arrival, at: string): Promise<Registration> {
  const { rid, station } = arrival;
  const reader = core.card.sealingKey;
  const bytes = await packetOf(core, arrival, at);
  const digest = sha256Hex(bytes);
  await core.vault.publish(sourceOfBytes(bytes), digest);
  return {
    _id: rid,
    v: 1,
    station,
    operator: OPERATOR,
    process: 'NEW',
    priority: 'normal',
    packet: { digest, bytes: bytes.byteLength, keyId: reader.keyId },
    lane: laneOf(rid),
    announcedAt: at,
    state: 'ANNOUNCED',
    attempts: 0,
    corrections: [],
    facts: {},
    history: [],
  };
}

async function packetOf(core: OpenedCore, arrival: Arrival, at: string): Promise<Uint8Array> {
  const { rid, station, enrolment, isBroken } = arrival;
  if (isBroken) return new TextEncoder().encode(`not a packet of ${rid}`);
  const container = await packEnrolment({ rid, process: 'NEW', station, operator: OPERATOR }, enrolment);
  const reader = core.card.sealingKey;
  return sealPacket({ rid, process: 'NEW', sealedAt: new Date(at), reader, container }).bytes;
}
