/**
 * Stations that deliver packets to a core that is killed again and again: each announces a few, uploads one after the
 * other, goes on where it was interrupted, and notes what the core has acknowledged.
 */

import { channelName } from '@enroute/sync/channel/documents.ts';
import { bulkDocsAnswerSchema } from '@enroute/sync/channel/protocol.ts';
import { Refusal } from '@enroute/sync/link/answer.ts';
import { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import { LinkError } from '@enroute/sync/link/link-error.ts';
import { uploadPacket } from '@enroute/sync/upload/upload-packet.ts';
import type { SendingStation, SentPacket } from '../bench/intake/packets.ts';

/** Announced together. */
const BATCH = 5;
const PATIENCE_MS = 20_000;
/** To be sent again, as it is. */
const COMES_AGAIN = new Set(['ENR-WEB-002', 'ENR-UPL-007', 'ENR-WEB-008']);

export interface Delivery {
  readonly baseUrl: string;
  readonly station: SendingStation;
  readonly packets: readonly SentPacket[];
  /** Resolves when there is a core to be asked. */
  readonly whenUp: () => Promise<void>;
  /** The core has said that it has this packet. */
  readonly onAcknowledged: (packet: SentPacket) => void;
}

/** Resolves when every packet was acknowledged. @throws Refusal when the core refuses one for good. */
export async function deliver({ baseUrl, station, packets, whenUp, onAcknowledged }: Delivery): Promise<void> {
  const { card, signing: signingKey } = station;
  const client = new GatewayClient({ baseUrl, station: card.station, signingKey, now: () => new Date() });
  const persist = async (attempt: (isFirst: boolean) => Promise<void>): Promise<void> => {
    for (let isFirst = true; ; isFirst = false) {
      await whenUp();
      try {
        return await attempt(isFirst);
      } catch (error) {
        if (!mayComeAgain(error)) throw error;
      }
    }
  };
  try {
    for (let at = 0; at < packets.length; at += BATCH) {
      const batch = packets.slice(at, at + BATCH);
      await persist(() => announce(client, batch));
      for (const packet of batch) {
        await persist((isFirst) => upload(client, packet, !isFirst));
        onAcknowledged(packet);
      }
    }
  } finally {
    await client.close();
  }
}

function mayComeAgain(error: unknown): boolean {
  return error instanceof LinkError || (error instanceof Refusal && COMES_AGAIN.has(error.code));
}

async function announce(client: GatewayClient, packets: readonly SentPacket[]): Promise<void> {
  const docs = packets.map(({ manifest }) => ({ _id: `manifest:${manifest.rid}`, ...manifest }));
  const path = `${channelName(client.station)}/_bulk_docs`;
  const request = { path, method: 'POST', body: { docs }, deadlineMs: PATIENCE_MS } as const;
  const rows = await client.request(request, bulkDocsAnswerSchema);
  for (const row of rows) if ('error' in row) throw new Error(`${row.id} was refused: ${row.reason}`);
}

async function upload(client: GatewayClient, { manifest, bytes }: SentPacket, resume: boolean): Promise<void> {
  const { rid, packet } = manifest;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    await uploadPacket({ client, rid, digest: packet.digest, bytes, resume, stallMs: PATIENCE_MS, signal });
  } catch (error) {
    // It has it: the answer before was lost.
    if (!(error instanceof Refusal) || error.code !== 'ENR-UPL-005') throw error;
  }
}
