/** Queue items of a test: their packets exist by name only. */
import { newSigningKeyPair } from '@enroute/shared/crypto/keys.ts';
import { formatRid } from '@enroute/shared/rid/rid.ts';
import { type Manifest, type ManifestBody, signManifest } from '@enroute/shared/schemas/manifest.ts';
import type { QueueItem } from './queue-item.ts';

export const STATION = '1000110077';
export const NOW = new Date('2026-03-01T10:00:00.000Z');
const key = newSigningKeyPair();

function testManifest(sequence: number, change: Partial<ManifestBody> = {}): Manifest {
  const body: ManifestBody = {
    v: 1,
    rid: formatRid(STATION, sequence, NOW),
    process: 'NEW',
    station: STATION,
    operator: 'amina',
    createdAt: NOW.toISOString(),
    packet: { digest: 'a'.repeat(64), bytes: 1000, keyId: key.keyId },
    priority: 'normal',
    ...change,
  };
  return signManifest(body, [{ role: 'station', signer: STATION, key }]);
}

/** Saved a second after the one before. */
export function testItem(sequence: number, change: Partial<ManifestBody> = {}): Omit<QueueItem, 'changedAt'> {
  const manifest = testManifest(sequence, change);
  const savedAt = new Date(NOW.getTime() + sequence * 1000).toISOString();
  return { rid: manifest.rid, state: 'SEALED', manifest, savedAt };
}
