/**
 * Turns manifests into registrations. A manifest is accepted when its registration is durable, and never before; the
 * same manifest again changes nothing.
 */
import { firstRefusal } from '@enroute/shared/policy/finding.ts';
import type { MasterData } from '@enroute/shared/policy/master-data.ts';
import { checkSupervisor } from '@enroute/shared/policy/rules/people-and-places.ts';
import { laneOf } from '@enroute/shared/registration/lane.ts';
import { type Registration, registrationSchema } from '@enroute/shared/registration/registration.ts';
import { isTerminal } from '@enroute/shared/registration/states.ts';
import { parseRid } from '@enroute/shared/rid/rid.ts';
import type { StationCard } from '@enroute/shared/schemas/cards.ts';
import { isSignedBy, type Manifest } from '@enroute/shared/schemas/manifest.ts';
import type { StatusCode } from '@enroute/shared/status/codes.ts';
import type { StoredRegistration } from '../../databases.ts';
import type { MasterOf } from '../../master/master-view.ts';
import type { Database } from '../../store/store.ts';

/** What the core takes on. */
export interface ManifestTerms {
  /** Ids of the keys that stations seal packets for: the present one, and earlier ones for what waited meanwhile. */
  readonly packetKeyIds: ReadonlySet<string>;
  /** The cards whose signature counts, the present one first; asked only for what another one has signed. */
  readonly cardsInForce: (station: string) => Promise<readonly StationCard[]>;
  /** The processes that there is a flow for. */
  readonly processes: ReadonlySet<string>;
  /** What the country demands of a station, by its master data. */
  readonly masterOf: MasterOf;
}

/** What became of a manifest. */
export type Acceptance =
  | { readonly refusal: StatusCode }
  | {
      readonly refusal: undefined;
      /** The core lacks the packet's bytes. */
      readonly wanted: boolean;
      /** The registration has ended. */
      readonly ended: boolean;
    };

/** For each manifest, in order. */
export async function acceptManifests(
  manifests: readonly Manifest[],
  station: StationCard,
  registrations: Database,
  terms: ManifestTerms,
  now: Date,
): Promise<Acceptance[]> {
  const master = terms.masterOf(station.station);
  const signedBy = await signersOf(manifests, station, terms);
  const judged = manifests.map((manifest) => {
    const refusal = checkManifest(manifest, signedBy(manifest), terms);
    return { manifest, refusal, lack: refusal ? undefined : lackOf(manifest, master) };
  });
  const fresh = judged.filter(({ refusal, lack }) => !refusal && !lack);
  const results = await registrations.write(fresh.map(({ manifest }) => registrationOf(manifest, now)));
  const taken = new Set(results.flatMap((result) => (result.ok ? [] : [result.id])));
  const lacking = judged.flatMap(({ manifest, lack }) => (lack ? [manifest.rid] : []));
  const found = await registrations.getMany<StoredRegistration>([...new Set([...taken, ...lacking])]);
  const known = new Map(found.map((doc) => [doc._id, doc]));
  return judged.map(({ manifest, refusal, lack }) => {
    const registration = known.get(manifest.rid);
    if (refusal) return { refusal };
    // What was taken before the country asked for more stays taken.
    if (lack && !registration) return { refusal: lack };
    if (!lack && !taken.has(manifest.rid)) return { refusal: undefined, wanted: true, ended: false };
    if (!registration || !isAnnouncedBy(manifest, registration)) return { refusal: 'ENR-MAN-005' };
    const { state } = registration;
    return { refusal: undefined, wanted: state === 'ANNOUNCED', ended: isTerminal(state) };
  });
}

/** By which card each is to be judged: one that was signed before a rotation, by the card of then. */
async function signersOf(
  manifests: readonly Manifest[],
  station: StationCard,
  { cardsInForce }: ManifestTerms,
): Promise<(manifest: Manifest) => StationCard> {
  const isBy = (manifest: Manifest, { signingKey }: StationCard): boolean =>
    manifest.signatures.some(({ role, keyId }) => role === 'station' && keyId === signingKey.keyId);
  if (manifests.every((manifest) => isBy(manifest, station))) return () => station;
  const cards = await cardsInForce(station.station);
  return (manifest) => cards.find((card) => isBy(manifest, card)) ?? station;
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
  if (!terms.packetKeyIds.has(manifest.packet.keyId)) return 'ENR-PKT-005';
  if (!terms.processes.has(manifest.process)) return 'ENR-VAL-006';
  if (!isSignedBy(manifest, 'station', station.station, station.signingKey)) return 'ENR-MAN-002';
  const operator = station.operators.find(({ id }) => id === manifest.operator);
  if (!operator || !isSignedBy(manifest, 'operator', operator.id, operator.signingKey)) return 'ENR-MAN-003';
  return hasFalseApproval(manifest, station, operator) ? 'ENR-MAN-006' : undefined;
}

/** An approval that does not verify is worse than none, whether or not one is asked for. Nobody approves their own. */
function hasFalseApproval(
  manifest: Manifest,
  { supervisors }: StationCard,
  operator: StationCard['operators'][number],
): boolean {
  return manifest.signatures.some(({ role, signer }) => {
    if (role !== 'supervisor') return false;
    const supervisor = supervisors.find(({ id }) => id === signer);
    const isOperator = signer === operator.id || supervisor?.signingKey.keyId === operator.signingKey.keyId;
    return !supervisor || isOperator || !isSignedBy(manifest, 'supervisor', signer, supervisor.signingKey);
  });
}

/** What the country's master data asks for and the manifest does not have. */
function lackOf(manifest: Manifest, master: MasterData | undefined): StatusCode | undefined {
  const approval = manifest.signatures.find(({ role }) => role === 'supervisor');
  if (!approval) return master?.approval ? 'ENR-MAN-006' : undefined;
  return firstRefusal(checkSupervisor(approval.signer, manifest.createdAt, master))?.code;
}

function registrationOf(manifest: Manifest, now: Date): Registration {
  const supervisor = manifest.signatures.find(({ role }) => role === 'supervisor')?.signer;
  return registrationSchema.parse({
    _id: manifest.rid,
    v: 1,
    station: manifest.station,
    operator: manifest.operator,
    ...(supervisor === undefined ? {} : { supervisor }),
    process: manifest.process,
    priority: manifest.priority,
    packet: manifest.packet,
    ...(manifest.corrects ? { corrects: manifest.corrects } : {}),
    lane: laneOf(manifest.rid),
    announcedAt: now.toISOString(),
    state: 'ANNOUNCED',
    attempts: 0,
    corrections: [],
    facts: {},
    history: [],
  } satisfies Registration);
}
