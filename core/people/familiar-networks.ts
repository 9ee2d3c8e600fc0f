/**
 * From which networks a person has signed in, so that wrong tries from elsewhere lock only elsewhere: whoever wants to
 * keep a person out would have to sit beside them. A network is the address as the gateway counts it; what is kept is a
 * keyed hash of it for that person.
 */
import { createHmac, hkdfSync } from 'node:crypto';

/** The one that was not used for the longest time is forgotten. */
export const MAX_FAMILIAR = 8;
const HASH_DIGITS = 16;

export interface FamiliarNetworks {
  /** What a network is kept as; undefined where it is not known from where somebody comes. */
  keyOf(person: string, network: string | undefined): string | undefined;
}

export function openFamiliarNetworks(storageKey: Uint8Array): FamiliarNetworks {
  const key = Buffer.from(hkdfSync('sha256', storageKey, '', 'enroute familiar networks v1', 32));
  return {
    keyOf: (person, network) =>
      network === undefined
        ? undefined
        : createHmac('sha256', key).update(`${person}\n${network}`).digest('hex').slice(0, HASH_DIGITS),
  };
}

/** With one more, the last first. */
export function withFamiliar(familiar: readonly string[] = [], network: string | undefined): string[] {
  const others = familiar.filter((known) => known !== network);
  return (network === undefined ? others : [network, ...others]).slice(0, MAX_FAMILIAR);
}
