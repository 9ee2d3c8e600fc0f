/**
 * Writes all that waits for the core into a courier bundle, oldest first. Nothing changes by it: the stick may never
 * arrive, so a packet goes on waiting, by the link or on another stick, until the core's receipt is here. What awaits
 * approval, was rejected, set aside or is a draft never leaves this disk so.
 */
import type { KeyPair, PublicKey } from '@enroute/shared/crypto/keys.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { finishBundle } from '@enroute/sync/courier/finish-bundle.ts';
import { problemOf, type WriteStep } from '@enroute/sync/courier/steps.ts';
import { type BundleWriter, openBundleWriter } from '@enroute/sync/courier/write-bundle.ts';
import type { PacketFiles } from '../queue/packet-files.ts';
import type { Queue } from '../queue/queue.ts';
import { isHeldUpOnTheWay, type QueueItem } from '../queue/queue-item.ts';
import type { QueueState } from '../queue/states.ts';

export interface PacketSource {
  readonly queue: Queue;
  readonly files: PacketFiles;
  readonly station: string;
  /** The station's own. */
  readonly signing: KeyPair;
  /** The core's. */
  readonly reader: PublicKey;
  readonly now: () => Date;
}

export interface ExportOrder {
  /** It must be there. */
  readonly folder: string;
  readonly maxFileBytes: number;
  /** All files together; null for no limit. */
  readonly maxBytes: number | null;
}

/** Sealed, free to go, and not confirmed by the core. */
const FOR_THE_CORE: ReadonlySet<QueueState> = new Set<QueueState>([
  'SEALED',
  'APPROVED',
  'ANNOUNCED',
  'EXPECTED',
  'UPLOADING',
  'SENT',
]);

/** Also what the link does not let through. */
function mayGo(item: Pick<QueueItem, 'state' | 'problem'>): boolean {
  return FOR_THE_CORE.has(item.state) || isHeldUpOnTheWay(item);
}

/** @throws EnrouteError ENR-CRR-007 or -008 when the folder does not take it. */
export async function* exportPackets(order: ExportOrder, source: PacketSource): AsyncGenerator<WriteStep> {
  const { station, signing, reader, now } = source;
  const writer = await openBundleWriter({
    folder: order.folder,
    direction: 'up',
    station,
    sender: signing,
    reader,
    maxFileBytes: order.maxFileBytes,
    maxBytes: order.maxBytes ?? undefined,
    now,
  });
  let noRoom = 0;
  try {
    for (const rid of await waitingRids(source.queue)) {
      const step = await addPacket(rid, writer, source);
      if (step === 'no-room') noRoom += 1;
      else if (step) yield step;
    }
    yield* finishBundle(writer, noRoom);
  } finally {
    await writer.abandon();
  }
}

/** Ids only, some dozens of bytes for each that waits: the packets are looked up one by one. */
async function waitingRids(queue: Queue): Promise<string[]> {
  const waiting: { readonly rid: string; readonly savedAt: string }[] = [];
  for await (const page of queue.pages()) {
    waiting.push(...page.filter(mayGo).map(({ rid, savedAt }) => ({ rid, savedAt })));
  }
  waiting.sort((one, other) => compare(one.savedAt, other.savedAt) || compare(one.rid, other.rid));
  return waiting.map(({ rid }) => rid);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Undefined when the core has confirmed it meanwhile. */
async function addPacket(
  rid: string,
  writer: BundleWriter,
  { queue, files }: PacketSource,
): Promise<WriteStep | 'no-room' | undefined> {
  const item = await queue.get(rid);
  if (!item || !mayGo(item)) return undefined;
  const { manifest } = item;
  const packet = await files.read(rid, manifest.packet.digest).catch((error: unknown) => {
    if (error instanceof EnrouteError) return error;
    throw error;
  });
  // A damaged one keeps no other back; `verify` sets it aside.
  if (packet instanceof EnrouteError) return { step: 'left-out', id: rid, problem: problemOf(packet) };
  const isIn = await writer.add('packet', manifest, packet);
  return isIn ? { step: 'entry', id: rid, bytes: packet.byteLength } : 'no-room';
}
