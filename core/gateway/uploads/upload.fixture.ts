/** What the tests of uploads share. */
import { readdir, writeFile } from 'node:fs/promises';
import { type ClientRequest, type IncomingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { partDigests } from '@enroute/sync/upload/parts.ts';
import { expect } from 'vitest';
import {
  announce,
  type GatewaySettings,
  metadata,
  openTestGateway,
  registered,
  registrationOf,
  type TestGateway,
  type TestPacket,
  type TestStation,
} from '../gateway.fixture.ts';
import { fileMedium } from './file-medium.ts';

const SIZE = 200_000;

export interface Scene {
  readonly gateway: TestGateway;
  readonly station: TestStation;
  readonly packet: TestPacket;
  readonly bytes: Uint8Array;
}

/** A gateway that a packet was announced to. */
export async function announced(size = SIZE, settings: Partial<GatewaySettings> = {}): Promise<Scene> {
  const gateway = await openTestGateway(settings);
  const station = await registered(gateway);
  const packet = station.packet(1, size);
  await announce(gateway, station, packet);
  return { gateway, station, packet, bytes: packet.sealed.bytes };
}

export async function expectReceived({ gateway, packet }: Scene): Promise<void> {
  expect(await registrationOf(gateway, packet.rid)).toMatchObject({ state: 'RECEIVED' });
  expect(await gateway.vault.read(packet.sealed.digest)).toEqual(packet.sealed.bytes);
  expect(await readdir(gateway.incomingFolder)).toEqual([]);
}

/** The headers of a creation that tells the digests of the packet's parts. */
export function withParts({ packet, bytes }: Pick<Scene, 'packet' | 'bytes'>, parts = partDigests(bytes)) {
  const list = Buffer.from(parts).toString('base64');
  return { 'upload-metadata': `${metadata(packet.rid, packet.sealed.digest)},parts ${list}` };
}

/** What a process before this one has left of an upload: its note, and these bytes. */
export async function leftBehind(
  { gateway, packet }: Pick<Scene, 'gateway' | 'packet'>,
  bytes: Uint8Array,
  notes: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { digest } = packet.sealed;
  const note = { size: packet.sealed.bytes.byteLength, metadata: { rid: packet.rid, digest, ...notes } };
  await fileMedium(gateway.incomingFolder).begin(packet.id, note, { note: undefined, endBytes: undefined });
  await writeFile(join(gateway.incomingFolder, packet.id), bytes);
}

export interface SentPatch {
  readonly request: ClientRequest;
  /** The offsets that were acknowledged so far while it runs. */
  readonly acknowledged: readonly number[];
  /** The final answer; undefined when the connection ended without one. */
  readonly answer: Promise<PatchAnswer | undefined>;
}

export interface PatchAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Begins a PATCH whose bytes the test writes by itself. */
export async function openPatch({ gateway, station, packet, bytes }: Scene, from = 0): Promise<SentPatch> {
  const acknowledged: number[] = [];
  const sending = request(new URL(`uploads/${packet.id}`, gateway.url), {
    method: 'PATCH',
    headers: {
      authorization: await station.authorization(),
      'tus-resumable': '1.0.0',
      'upload-offset': from,
      'content-type': 'application/offset+octet-stream',
      'content-length': bytes.byteLength - from,
    },
  });
  const answer = new Promise<PatchAnswer | undefined>((resolve) => {
    sending.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, body: Buffer.concat(parts).toString() });
      });
    });
    sending.on('error', () => resolve(undefined));
    sending.on('close', () => resolve(undefined));
  });
  sending.on('information', ({ statusCode, headers }) => {
    if (statusCode === 104) acknowledged.push(Number(headers['upload-offset']));
  });
  sending.flushHeaders();
  return { request: sending, acknowledged, answer };
}

/** Writes bytes as a slow link brings them. */
export async function sendSlowly(
  sending: ClientRequest,
  bytes: Uint8Array,
  { chunkBytes = 8_192, everyMs = 10 }: { readonly chunkBytes?: number; readonly everyMs?: number } = {},
): Promise<void> {
  for (let at = 0; at < bytes.byteLength && !sending.destroyed; at += chunkBytes) {
    sending.write(bytes.subarray(at, at + chunkBytes));
    await sleep(everyMs);
  }
}

/** Waits until a condition holds; a test that waits too long fails by its own time limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(5);
}
