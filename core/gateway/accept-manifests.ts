/**
 * Turns manifests into registrations. A manifest is accepted when its registration is durable, and never before; the
 * same manifest again changes nothing.
 */
import { laneOf } from '@enroute/shared/registration/lane.ts';
import { type Registration, registrationSchema } from '@enroute/shared/registration/registration.ts';
import { parseRid } from '@enroute/shared/rid/rid.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { isSignedBy, type Manifest } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { StoredRegistration } from '../databases.ts';
import type { Database } from '../store/store.ts';

/** What the core takes on. */
export interface ManifestTerms {
  /** Id of the key that stations seal packets for. */
  readonly packetKeyId: string;
  /** The processes that there is a flow for. */
  readonly processes: ReadonlySet<string>;
}

/** For each manifest, in order: undefined when it is accepted, otherwise why not. */
export async function acceptManifests(
  manifests: readonly Manifest[],
  station: StationCard,
  registrations: Database,
  terms: ManifestTerms,
  now: Date,
): Promise<(StatusCode | undefined)[]> {
  const verdicts = manifests.map((manifest) => checkManifest(manifest, station, terms));
  const fresh = manifests.flatMap((manifest, index) => (verdicts[index] ? [] : [registrationOf(manifest, now)]));
  const results = await registrations.write(fresh);
  const taken = results.flatMap((result) => (result.ok ? [] : [result.id]));
  const known = new Map((await registrations.getMany<StoredRegistration>(taken)).map((doc) => [doc._id, doc]));
  return manifests.map((manifest, index) => {
    const verdict = verdicts[index];
    if (verdict || !taken.includes(manifest.rid)) return verdict;
    const registration = known.get(manifest.rid);
    return registration && isAnnouncedBy(manifest, registration) ? undefined : 'ENR-MAN-005';
  });
}

function isAnnouncedBy(manifest: Manifest, registration: StoredRegistration): boolean {
  const { digest, bytes } = registration.packet;
  return (
    digest === manifest.packet.digest &&
    bytes === manifest.packet.bytes &&
    registration.process === manifest.process &&
    registration.operator === manifest.operator &&
    registration.corrects === manifest.corrects
  );
}

function checkManifest(manifest: Manifest, station: StationCard, terms: ManifestTerms): StatusCode | undefined {
  if (manifest.station !== station.station || parseRid(manifest.rid).station !== station.station) return 'ENR-MAN-004';
  if (manifest.packet.keyId !== terms.packetKeyId) return 'ENR-PKT-005';
  if (!terms.processes.has(manifest.process)) return 'ENR-VAL-006';
  if (!isSignedBy(manifest, 'station', station.station, station.signingKey)) return 'ENR-MAN-002';
  const operator = station.operators.find(({ id }) => id === manifest.operator);
  if (!operator || !isSignedBy(manifest, 'operator', operator.id, operator.signingKey)) return 'ENR-MAN-003';
  return undefined;
}

function registrationOf(manifest: Manifest, now: Date): Registration {
  return registrationSchema.parse({
    _id: manifest.rid,
    v: 1,
    station: manifest.station,
    operator: manifest.operator,
    process: manifest.process,
    priority: manifest.priority,
    packet: manifest.packet,
    ...(manifest.corrects ? { corrects: manifest.corrects } : {}),
    lane: laneOf(manifest.corrects ?? manifest.rid),
    announcedAt: now.toISOString(),
    state: 'ANNOUNCED',
    attempts: 0,
    corrections: [],
    facts: {},
    history: [],
  } satisfies Registration);
}
