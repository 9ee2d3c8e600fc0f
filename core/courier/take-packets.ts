/**
 * Takes packets that came on a stick, by the very rules of the gateway: the manifest is accepted or refused as if the
 * station had sent it up its channel, and the bytes become the core's as if they had been uploaded. Whatever arrived by
 * the link before, or arrives by it at the same time, is the same one packet.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { type Manifest, manifestId } from '@enroute/shared/schemas/manifest.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { parseUp } from '@enroute/sync/channel/documents.ts';
import type { BundleTaker, CarriedEntry, Taken } from '@enroute/sync/courier/take-bundles.ts';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { CoreDatabases, StoredRegistration } from '../databases.ts';
import { acceptManifests, type ManifestTerms } from '../gateway/channel/accept-manifests.ts';
import { requireRight } from '../gateway/stations/station-auth.ts';
import { admission, DEFAULT_ADMISSION, type DiskRoom, refusalOfFullDisk } from '../gateway/uploads/admission.ts';
import { openMarkReceived } from '../gateway/uploads/mark-received.ts';
import { receivePacket } from '../gateway/uploads/receive-packet.ts';
import { type CoreKeys, sealingKeysOf } from '../keys.ts';
import { removeOlderThan } from '../mailbox/remove-older-than.ts';
import type { StationRegister } from '../stations/station-register.ts';
import type { Doc } from '../store/store.ts';
import { sourceOfFile } from '../vault/packet-source.ts';
import type { Vault } from '../vault/vault.ts';

export interface PacketTakerOptions {
  readonly keys: CoreKeys;
  readonly databases: CoreDatabases;
  readonly stations: StationRegister;
  readonly vault: Vault;
  readonly terms: ManifestTerms;
  /** Where a packet grows until it is whole; on the same disk as the vault, if that is on a disk. */
  readonly arriving: string;
  /** Undefined where it is not known. */
  roomOn(folder: string): Promise<DiskRoom | undefined>;
  readonly now: () => Date;
  readonly log: Logger;
}

const NAME_BYTES = 8;
/** No packet takes so long from a stick. */
const STALE_AFTER_MS = 24 * 60 * 60 * 1000;
/** Just enough of a manifest to name the packet that it is about. */
const namedSchema = z.object({ rid: z.string().regex(/^\d{29}$/) });

export function packetTaker(options: PacketTakerOptions): BundleTaker {
  const { keys, stations } = options;
  return {
    readers: sealingKeysOf(keys),
    direction: 'up',
    sendersOf: async (station) => (await cardsOf(station, stations)).map(({ signingKey }) => signingKey),
    nameOf: ridOf,
    take: async (entry, station) => {
      if (entry.kind !== 'packet') throw new EnrouteError('ENR-CHN-001', entry.kind);
      const { body } = parseUp(manifestId(ridOf(entry) ?? ''), entry.json);
      const [card] = await cardsOf(station, stations);
      if (!card) throw new EnrouteError('ENR-AUT-004', station);
      return takePacket(body as Manifest, entry, card, options).catch((error: unknown) => {
        throw refusalOfFullDisk(error, 0) ? noRoom(error) : error;
      });
    },
  };
}

function ridOf({ json }: CarriedEntry): string | undefined {
  return namedSchema.safeParse(json).data?.rid;
}

/**
 * The present card first, then those of before whose packets are still accepted: a stick may be on its way for months.
 * @throws EnrouteError ENR-AUT-004, -005 or -007, as at the gateway
 */
async function cardsOf(station: string, stations: StationRegister): Promise<readonly StationCard[]> {
  requireRight(await stations.get(station), 'announce');
  return stations.cardsInForce(station);
}

async function takePacket(
  manifest: Manifest,
  { body, bodyBytes }: CarriedEntry,
  card: StationCard,
  options: PacketTakerOptions,
): Promise<Taken> {
  const { databases, terms, vault, now, log } = options;
  const [acceptance] = await acceptManifests([manifest], card, databases.registrations, terms, now());
  if (!acceptance) throw new EnrouteError('ENR-MAN-001');
  if (acceptance.refusal) throw new EnrouteError(acceptance.refusal);
  await keepManifest(manifest, databases);
  if (!acceptance.wanted) return 'known';
  if (bodyBytes !== manifest.packet.bytes) throw new EnrouteError('ENR-UPL-002', `${bodyBytes} bytes`);
  await expectRoom(options);
  const path = join(options.arriving, randomBytes(NAME_BYTES).toString('hex'));
  try {
    await writeAll(path, body);
    const registration = await databases.registrations.get<StoredRegistration>(manifest.rid);
    // While it was read from the stick, the same packet may have come by the link.
    if (registration?.state !== 'ANNOUNCED') return 'known';
    await receivePacket(registration, await sourceOfFile(path), vault, openMarkReceived(databases.registrations, now));
  } finally {
    // It is gone already where the vault has taken it.
    await rm(path, { force: true });
  }
  log.info({ rid: manifest.rid, bytes: bodyBytes }, 'packet received by courier');
  return 'taken';
}

/** A stick must not fill what uploads leave free. @throws EnrouteError ENR-UPL-007 */
async function expectRoom({ arriving, roomOn }: PacketTakerOptions): Promise<void> {
  const room = await roomOn(arriving);
  if (!admission({ running: 0, room }, DEFAULT_ADMISSION, 0).admitted) throw noRoom();
}

function noRoom(cause?: unknown): EnrouteError {
  return new EnrouteError('ENR-UPL-007', 'the disk has no room; what was taken before stays', cause);
}

/** Into the station's channel, where the gateway puts it, too: when the station sends it, it is there. */
async function keepManifest(manifest: Manifest, databases: CoreDatabases): Promise<void> {
  const channel = await databases.channel(manifest.station);
  const doc: Doc = { ...manifest, _id: manifestId(manifest.rid) };
  await channel.write([doc]);
}

/** Not fsynced here: the vault does that when it takes the file over. */
async function writeAll(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const piece of pieces) await file.writeFile(piece);
  } finally {
    await file.close();
  }
}

/** Removes what a crash has left of packets on their way. Another process may be taking in some, too: those are young. */
export async function sweepArriving(folder: string, now: Date): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeOlderThan(folder, new Date(now.getTime() - STALE_AFTER_MS));
}
