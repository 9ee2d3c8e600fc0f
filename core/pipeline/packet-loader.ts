/** Fetches and opens the packets of a registration, for stages that look into them. */
import type { KeyPair } from '@enroute/shared/crypto/keys.ts';
import { openPacket } from '@enroute/shared/packet/open.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { StoredRegistration } from '../databases.ts';
import type { Vault } from '../vault/vault.ts';
import type { OpenedPackets } from './stage.ts';

const KEY_NOT_HELD = 'ENR-PKT-005';

/**
 * What opening came to. A packet that can never be opened is a fact about it, told when a stage asks for it, so that the
 * stage that only answers the station still can.
 */
export type LoadedPackets = () => OpenedPackets;

/**
 * @throws whatever is the core's trouble and not the packet's: the disk, bytes that rotted in the vault, a key that is
 *   not held. It must not end the registration, for then the station would let go of a packet that is good.
 */
export async function loadPackets(
  registration: StoredRegistration,
  vault: Pick<Vault, 'read'>,
  keyFor: (keyId: string) => KeyPair | undefined,
): Promise<LoadedPackets> {
  const { packet, corrections } = registration;
  const digests = [packet.digest, ...corrections.map(({ digest }) => digest)];
  const [own, ...others] = await Promise.all(digests.map((digest) => vault.read(digest)));
  if (!own) throw new Error('The vault gave no bytes.');
  try {
    const { header, container } = openPacket(own, keyFor);
    const corrections = others.map((bytes) => openPacket(bytes, keyFor).container);
    const opened = { packet: container, sealedAt: header.sealedAt, corrections };
    return () => opened;
  } catch (error) {
    if (!(error instanceof EnrouteError) || error.code === KEY_NOT_HELD) throw error;
    return () => {
      throw error;
    };
  }
}

/** For a stage that does not look into packets. */
export const notLoaded: LoadedPackets = () => {
  throw new Error('The stage did not say that it reads packets.');
};
