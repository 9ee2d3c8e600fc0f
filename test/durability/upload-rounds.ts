/** A packet that is uploaded to a core that is killed on the way: what the core acknowledged, and what it then has. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newSealingKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import { sealPacket } from '@enroute/shared/packet/seal.ts';
import { formatRid } from '@enroute/shared/rid/rid.ts';
import { partBytesOf, partDigests } from '@enroute/sync/upload/parts.ts';
import { uploadId } from '@enroute/sync/upload/upload-id.ts';
import { freshFolder } from './folder.fixture.ts';

const CORE = join(import.meta.dirname, '../../core/gateway/uploads/upload-until-killed.ts');
const STATION = '1000110077';
const NOW = new Date('2026-03-01T10:00:00.000Z');
const CHUNK_BYTES = 16 * 1024;
const CHUNK_MS = 2;

export interface UploadedPacket {
  readonly id: string;
  readonly digest: string;
  readonly bytes: Uint8Array;
  readonly metadata: string;
  readonly registrationFile: string;
}

/** A packet that is announced to whichever core is told of its registration. */
export function announcedPacket(sequence: number, container: Uint8Array): UploadedPacket {
  const rid = formatRid(STATION, sequence, NOW);
  const reader = publicKeyOf(newSealingKeyPair());
  const { bytes, digest } = sealPacket({ rid, process: 'NEW', sealedAt: NOW, reader, container });
  const registrationFile = join(freshFolder(), 'registration.json');
  const packet = { digest, bytes: bytes.byteLength, keyId: reader.keyId };
  const registration = { _id: rid, _rev: '1-a', v: 1, station: STATION, process: 'NEW', packet, state: 'ANNOUNCED' };
  writeFileSync(registrationFile, JSON.stringify({ ...registration, history: [], facts: {}, corrections: [] }));
  const told = { rid, digest, parts: partDigests(bytes) };
  const metadata = Object.entries(told)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
  return { id: uploadId(rid, digest), digest, bytes, metadata, registrationFile };
}

export interface Acknowledged {
  /** So many bytes the core said it has: while they came, at their end, or when it was asked. */
  bytes: number;
  /** What it said when it was asked, before anything came; undefined when it was dead by then. */
  askedBytes: number | undefined;
  received: boolean;
}

export interface UploadRound {
  readonly folder: string;
  readonly packet: UploadedPacket;
  readonly env: NodeJS.ProcessEnv;
  /** So long after it began to listen it is killed; undefined for one that dies by itself, at a sync. */
  readonly killAfterMs: number | undefined;
}

/** Goes on with the upload until the core is dead or has the packet. @returns what the core had acknowledged by then. */
export async function uploadUntilKilled({ folder, packet, env, killAfterMs }: UploadRound): Promise<Acknowledged> {
  const core = spawn(process.execPath, [CORE, folder, packet.registrationFile], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(core, 'close');
  const acknowledged: Acknowledged = { bytes: 0, askedBytes: undefined, received: false };
  const first = await Promise.race([once(core.stdout, 'data'), closed]);
  const port = Number(String(first[0]));
  if (killAfterMs !== undefined) setTimeout(() => core.kill('SIGKILL'), killAfterMs);
  await talk(port, packet, acknowledged).catch(() => undefined);
  core.kill('SIGKILL');
  await closed;
  return acknowledged;
}

/** Asks, goes on from there, and notes each word of the core. @throws Error when the core dies. */
async function talk(port: number, packet: UploadedPacket, acknowledged: Acknowledged): Promise<void> {
  const path = `/uploads/${packet.id}`;
  let head = await ask(port, 'HEAD', path);
  if (head.status === 404) {
    const headers = { 'upload-length': packet.bytes.byteLength, 'upload-metadata': packet.metadata };
    await ask(port, 'POST', '/uploads', headers);
    head = await ask(port, 'HEAD', path);
  }
  if (head.status === 409) acknowledged.received = true;
  if (head.status !== 200) return;
  acknowledged.askedBytes = head.offset;
  const heard = (bytes: number): void => {
    acknowledged.bytes = Math.max(acknowledged.bytes, bytes);
  };
  const headers = { 'upload-offset': head.offset, 'content-type': 'application/offset+octet-stream' };
  const end = await ask(port, 'PATCH', path, headers, packet.bytes.subarray(head.offset), heard);
  if (end.status !== 204) return;
  heard(end.offset);
  acknowledged.received = end.offset === packet.bytes.byteLength;
}

function ask(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string | number> = {},
  body?: Uint8Array,
  heard?: (bytes: number) => void,
): Promise<{ status: number; offset: number }> {
  return new Promise((resolve, reject) => {
    const length = body ? { 'content-length': body.byteLength } : {};
    const asking = request({
      port,
      host: '127.0.0.1',
      method,
      path,
      headers: { ...headers, ...length, 'tus-resumable': '1.0.0' },
    });
    asking.on('error', reject);
    asking.on('information', (said) => heard?.(Number(said.headers['upload-offset'])));
    asking.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, offset: Number(response.headers['upload-offset']) });
    });
    if (body) void sendSlowly(asking, body);
    else asking.end();
  });
}

async function sendSlowly(asking: ReturnType<typeof request>, body: Uint8Array): Promise<void> {
  for (let at = 0; at < body.byteLength && !asking.destroyed; at += CHUNK_BYTES) {
    asking.write(body.subarray(at, at + CHUNK_BYTES));
    await sleep(CHUNK_MS);
  }
  asking.end();
}

/**
 * @returns what the core acknowledged and does not have; undefined when it has all of it.
 */
export function missingOf(
  folder: string,
  { id, digest, bytes }: UploadedPacket,
  { bytes: toldBytes, askedBytes = 0, received }: Acknowledged,
): string | undefined {
  const kept = join(folder, 'vault', digest.slice(0, 2), `${digest}.enrp`);
  if (existsSync(kept)) return readFileSync(kept).equals(bytes) ? undefined : 'the packet in the vault is another';
  if (received) return 'the packet is not in the vault';
  // What was found on the disk after a power cut, and is no whole part yet, is checked when it becomes one.
  const foundBytes = askedBytes - (askedBytes % partBytesOf(bytes.byteLength));
  const sureBytes = Math.max(foundBytes, toldBytes);
  if (sureBytes === 0) return undefined;
  const growing = join(folder, 'incoming', id);
  const has = existsSync(growing) ? readFileSync(growing) : Buffer.alloc(0);
  if (has.byteLength < sureBytes) return `${has.byteLength} bytes of ${sureBytes}`;
  const isRight = has.subarray(0, sureBytes).equals(bytes.subarray(0, sureBytes));
  return isRight ? undefined : `bytes before ${sureBytes} are others`;
}
