/** Fetches and opens the packets of a registration, for stages that look into them. */
import type { KeyPair } from '@enroute/shared/crypto/keys.ts';
import type { Container } from '@enroute/shared/packet/container.ts';
import { openPacket } from '@enroute/shared/packet/open.ts';
import { EnrouteError } from '@enroute/shared/status/enroute-error.ts';
import type { StoredRegistration } from '../databases.ts';
import type { Vault } from '../vault/vault.ts';
import type { OpenedPackets } from './stage.ts';

/**
 * What opening came to. A packet that can never be opened is a fact about it, told when a stage asks for it, so that the
 * stage that only answers the station still can. Whatever may pass (the disk) is thrown here.
 */
export type LoadedPackets = () => OpenedPackets;

export async function loadPackets(
  registration: StoredRegistration,
  vault: Vault,
  keyFor: (keyId: string) => KeyPair | undefined,
): Promise<LoadedPackets> {
  try {
    const [packet, ...corrections] = await Promise.all([
      open(registration.packet.digest),
      ...registration.corrections.map(({ digest }) => open(digest)),
    ]);
    return () => ({ packet, corrections });
  } catch (error) {
    if (!(error instanceof EnrouteError)) throw error;
    return () => {
      throw error;
    };
  }

  async function open(digest: string): Promise<Container> {
    return openPacket(await vault.read(digest), keyFor).container;
  }
}

/** For a stage that does not look into packets. */
export const notLoaded: LoadedPackets = () => {
  throw new Error('The stage did not say that it reads packets.');
};
