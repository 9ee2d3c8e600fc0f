/**
 * The stations of the bench of intake, in one process, with the same client for every subject: so many connections, and
 * on each one request at a time. Packets are sealed and announced, and tokens signed, before anything is timed.
 */

import { channelName } from '@enroute/sync/channel/documents.ts';
import { MAX_CHANNEL_BATCH } from '@enroute/sync/channel/protocol.ts';
import { signStationToken } from '@enroute/sync/link/station-token.ts';
import { type Dispatcher, Pool } from 'undici';
import type { z } from 'zod';
import { answerAsked } from './asked-process.ts';
import { gatewaySchema, packSchema, targetSchema } from './intake-words.ts';
import { newPacket, newSendingStation, type SentPacket } from './packets.ts';

/** More than any has connections, so that no station has more than four uploads at once. */
const STATIONS = 16;
const FIRST_STATION = 1_000_110_000;

const stations = Array.from({ length: STATIONS }, (_none, nth) => newSendingStation(String(FIRST_STATION + nth)));
const tokens = new Map<string, string>();
const pools = new Map<string, Pool>();
let gateway: z.infer<typeof gatewaySchema> | undefined;
let packets: readonly SentPacket[] = [];
let connections = 1;

type Asked = Pick<Dispatcher.RequestOptions, 'method' | 'path' | 'headers' | 'body'>;

async function ask(origin: string, asked: Asked, expected: number): Promise<string> {
  const key = `${origin} ${connections}`;
  const pool = pools.get(key) ?? new Pool(origin, { connections, pipelining: 1 });
  pools.set(key, pool);
  const { statusCode, body } = await pool.request(asked);
  const said = await body.text();
  if (statusCode !== expected) throw new Error(`${asked.method} ${asked.path}: ${statusCode} ${said.slice(0, 300)}`);
  return said;
}

/** On every connection one after the other, as fast as they are answered. */
async function sendAll(send: (packet: SentPacket) => Promise<unknown>): Promise<void> {
  const left = packets.values();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (const packet of left) await send(packet);
    }),
  );
}

function tokenOf({ station }: SentPacket): string {
  return tokens.get(station.card.station) ?? '';
}

/** As a station does it: all manifests that wait, in batches. */
async function announce(origin: string): Promise<void> {
  for (const [station, own] of Map.groupBy(packets, (packet) => packet.station)) {
    const number = station.card.station;
    tokens.set(number, `Bearer ${await signStationToken(number, station.signing, new Date())}`);
    for (let at = 0; at < own.length; at += MAX_CHANNEL_BATCH) {
      const batch = own.slice(at, at + MAX_CHANNEL_BATCH);
      const docs = batch.map(({ manifest }) => ({ _id: `manifest:${manifest.rid}`, ...manifest }));
      const headers = { authorization: tokens.get(number) ?? '', 'content-type': 'application/json' };
      const path = `/${channelName(number)}/_bulk_docs`;
      const said = await ask(origin, { method: 'POST', path, headers, body: JSON.stringify({ docs }) }, 201);
      if (said.includes('"error"')) throw new Error(`not announced: ${said.slice(0, 300)}`);
    }
  }
}

/** A new packet takes two requests; that it has been received is the answer to the second. */
async function upload(origin: string, packet: SentPacket): Promise<void> {
  const own = { authorization: tokenOf(packet), 'tus-resumable': '1.0.0' };
  const created = { ...own, 'upload-length': String(packet.bytes.byteLength), 'upload-metadata': packet.metadata };
  await ask(origin, { method: 'POST', path: '/uploads', headers: created }, 201);
  const appended = { ...own, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
  const path = `/uploads/${packet.id}`;
  await ask(origin, { method: 'PATCH', path, headers: appended, body: packet.bytes }, 204);
}

answerAsked({
  cards: () => stations.map(({ card }) => card),
  gateway: (about) => {
    gateway = gatewaySchema.parse(about);
  },
  pack: async (about) => {
    if (!gateway) throw new Error('there is no gateway');
    const { url, reader } = gateway;
    const { count, bytes, ...rest } = packSchema.parse(about);
    connections = rest.connections;
    packets = [];
    const of = (nth: number) => stations[nth % STATIONS] ?? newSendingStation('');
    packets = Array.from({ length: count }, (_none, nth) => newPacket(of(nth), bytes, reader));
    await announce(new URL(url).origin);
    globalThis.gc?.();
    return { bytes: packets.reduce((sum, packet) => sum + packet.bytes.byteLength, 0) };
  },
  upload: async () => {
    const { origin } = new URL(gateway?.url ?? '');
    await sendAll((packet) => upload(origin, packet));
  },
  put: async (about) => {
    const { origin } = new URL(targetSchema.parse(about).url);
    await sendAll(({ id, bytes }) => ask(origin, { method: 'PUT', path: `/${id}`, body: bytes }, 201));
  },
  /** As CouchDB takes bytes when they are given to it as they are: beside a document that is made with them. */
  attach: async (about) => {
    const url = new URL(targetSchema.parse(about).url);
    const credentials = Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`);
    const headers = {
      authorization: `Basic ${credentials.toString('base64')}`,
      'content-type': 'application/octet-stream',
    };
    const folder = url.pathname.replace(/\/$/, '');
    await sendAll(({ id, bytes }) =>
      ask(url.origin, { method: 'PUT', path: `${folder}/${id}/packet`, headers, body: bytes }, 201),
    );
  },
});
