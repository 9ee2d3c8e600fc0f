/**
 * What a station was told: how many bytes of a packet are durable in the core. Written and synced before anything else is
 * done with it, so that the test knows it whoever is killed; and held against what the core has.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { uploadId } from '@enroute/sync/upload/upload-id.ts';

export interface Acknowledged {
  readonly rid: string;
  readonly digest: string;
  readonly bytes: number;
}

export interface AcknowledgedLog {
  note(acknowledged: Acknowledged): void;
}

/** Lines are appended; of a packet the largest number counts. */
export function openAcknowledgedLog(path: string): AcknowledgedLog {
  const file = openSync(path, 'a');
  const noted = new Map<string, number>();
  process.once('exit', () => closeSync(file));
  return {
    note: ({ rid, digest, bytes }) => {
      if (bytes <= (noted.get(rid) ?? 0)) return;
      noted.set(rid, bytes);
      writeSync(file, `${rid} ${digest} ${bytes}\n`);
      fsyncSync(file);
    },
  };
}

export function readAcknowledged(path: string): Acknowledged[] {
  if (!existsSync(path)) return [];
  const most = new Map<string, Acknowledged>();
  for (const line of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
    const [rid = '', digest = '', bytes = '0'] = line.split(' ');
    if (Number(bytes) > (most.get(rid)?.bytes ?? 0)) most.set(rid, { rid, digest, bytes: Number(bytes) });
  }
  return [...most.values()];
}

/** @returns those of which the core lacks bytes, with what it has. The core must not be running. */
export function lackingIn(coreFolder: string, acknowledged: readonly Acknowledged[]): string[] {
  return acknowledged.flatMap(({ rid, digest, bytes }) => {
    if (existsSync(join(coreFolder, 'vault', digest.slice(0, 2), `${digest}.enrp`))) return [];
    const incoming = join(coreFolder, 'incoming', uploadId(rid, digest));
    const held = existsSync(incoming) ? statSync(incoming).size : 0;
    return held >= bytes ? [] : [`${rid}: ${bytes} bytes were acknowledged, ${held} are there`];
  });
}
