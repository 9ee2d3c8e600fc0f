/** Only the durable step, of packets that were sealed before: the station's file and row, and PouchDB with attachments. */
import { join } from 'node:path';
import type { PacketFiles } from '@enroute/edge-agent/queue/packet-files.ts';
import type { Queue } from '@enroute/edge-agent/queue/queue.ts';
import type { Manifest } from '@enroute/shared/schemas/manifest.ts';
import { openPouch } from '@enroute/sync/disk/pouch.ts';
import type { Subject } from '../interleaved.ts';

export interface Sealed {
  readonly manifest: Manifest;
  readonly packet: Uint8Array;
}

/** Each call saves the next of the packets: the same bytes twice would be one attachment only. */
function oneAfterTheOther(packets: readonly Sealed[]): () => Sealed {
  const rest = packets.values();
  return () => {
    const { value, done } = rest.next();
    if (done) throw new RangeError('There are more repetitions than packets.');
    return value;
  };
}

export function fileAndRow(files: PacketFiles, queue: Queue, packets: readonly Sealed[]): Subject {
  const next = oneAfterTheOther(packets);
  return {
    name: 'enroute',
    once: async () => {
      const { manifest, packet } = next();
      await files.save(manifest, packet);
      await queue.add({ rid: manifest.rid, state: 'SEALED', manifest, savedAt: manifest.createdAt });
      return packet.byteLength;
    },
  };
}

export async function attachments(
  folder: string,
  packets: readonly Sealed[],
): Promise<Subject & { close(): Promise<void> }> {
  const next = oneAfterTheOther(packets);
  const onFatal = (error: Error): void => {
    throw error;
  };
  const { db, close } = await openPouch(join(folder, 'attachments.sqlite'), { onFatal, exclusive: true });
  return {
    name: 'attachments',
    once: async () => {
      const { manifest, packet } = next();
      const data = Buffer.from(packet);
      const document = { _id: manifest.rid, state: 'SEALED', manifest, savedAt: manifest.createdAt };
      await db.put({ ...document, _attachments: { packet: { content_type: 'application/octet-stream', data } } });
      return packet.byteLength;
    },
    close,
  };
}
