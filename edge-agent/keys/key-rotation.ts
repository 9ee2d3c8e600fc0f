/**
 * New keys for the station, so that no kill and no lost answer ever leaves it with keys that the core does not take:
 *
 * 1. The new keys are made and written beside the old ones, which still count.
 * 2. The core is told of them, as often as it takes: with a token of the old key, or, where it has them already, of the new.
 * 3. Its signed answer makes the new keys the present ones. The old sealing key stays, for what is sealed for it.
 *
 * Whatever was signed with the old key stays as it is: the core knows that key as an earlier one.
 */
import { type KeyPair, newSealingKeyPair, newSigningKeyPair, publicKeyOf } from '@enroute/shared/crypto/keys.ts';
import {
  STATION_KEYS_PATH,
  signStationKeys,
  stationKeysTakenSchema,
  verifyStationKeysTaken,
} from '@enroute/shared/schemas/key-rotation.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import { channelName } from '@enroute/sync/channel/documents.ts';
import type { GatewayClient } from '@enroute/sync/link/gateway-client.ts';
import { type StationIdentity, writeIdentity } from './station-identity.ts';
import { signingKeysOf, type TrustedCore } from './trusted-core.ts';

export interface RotationSite {
  readonly folder: string;
  readonly passphrase: string;
  readonly core: TrustedCore;
  /** A client whose requests are signed with this key; it is closed after use. */
  readonly clientWith: (key: KeyPair) => GatewayClient;
}

/** As many as the core may still send results for. */
const MAX_EARLIER = 12;
const DEADLINE_MS = 60_000;

/** Makes the next keys, durably, unless a rotation was begun already. */
export async function beginRotation(
  identity: StationIdentity,
  { folder, passphrase }: Pick<RotationSite, 'folder' | 'passphrase'>,
): Promise<StationIdentity> {
  if (identity.next) return identity;
  const begun = { ...own(identity), next: { signing: newSigningKeyPair(), sealing: newSealingKeyPair() } };
  await writeIdentity(folder, passphrase, begun);
  return begun;
}

/**
 * Has the core take the keys of a rotation that was begun, and makes them the station's.
 * @throws Refusal when the core refuses them, LinkError when it can't be asked; then nothing has changed here, and it may
 *   be tried again. EnrouteError ENR-TRU-007 when it was not the core that answered.
 */
export async function finishRotation(identity: StationIdentity, site: RotationSite): Promise<StationIdentity> {
  const { next } = identity;
  if (!next) return identity;
  await tellCore(identity, next, site);
  const { signing, sealing, earlier = [] } = identity;
  const finished: StationIdentity = {
    station: identity.station,
    signing: next.signing,
    sealing: next.sealing,
    earlier: [{ signingKey: publicKeyOf(signing), sealing }, ...earlier].slice(0, MAX_EARLIER),
  };
  await writeIdentity(site.folder, site.passphrase, finished);
  return finished;
}

async function tellCore(
  identity: StationIdentity,
  next: NonNullable<StationIdentity['next']>,
  site: RotationSite,
): Promise<void> {
  try {
    await put(identity, next, identity.signing, site);
  } catch (error) {
    if (!(error instanceof EnrouteError) || error.code !== 'ENR-AUT-002') throw error;
    // It has the new keys: the answer to that was lost.
    await put(identity, next, next.signing, site);
  }
}

async function put(
  { station, signing }: StationIdentity,
  next: NonNullable<StationIdentity['next']>,
  as: KeyPair,
  { core, clientWith }: RotationSite,
): Promise<void> {
  const client = clientWith(as);
  try {
    const path = `${channelName(station)}/${STATION_KEYS_PATH}`;
    const body = signStationKeys(station, signing, next, core.signingKey);
    const request = { path, method: 'PUT', body, deadlineMs: DEADLINE_MS } as const;
    const taken = await client.request(request, stationKeysTakenSchema);
    const isOurs =
      taken.station === station &&
      taken.signingKeyId === next.signing.keyId &&
      taken.sealingKeyId === next.sealing.keyId &&
      signingKeysOf(core).some((key) => verifyStationKeysTaken(taken, key));
    if (!isOurs) throw new EnrouteError('ENR-TRU-007');
  } finally {
    await client.close();
  }
}

/** A plain copy: what is live can't be spread. */
function own({ station, signing, sealing, earlier = [] }: StationIdentity): StationIdentity {
  return { station, signing, sealing, earlier };
}
