/** The addresses under which this machine can be reached, as one text: when it changes, so may the link have. */
import { networkInterfaces } from 'node:os';

export function addressesNow(): string {
  return Object.entries(networkInterfaces())
    .flatMap(([name, addresses]) =>
      (addresses ?? []).filter(({ internal }) => !internal).map(({ address }) => `${name} ${address}`),
    )
    .toSorted()
    .join('\n');
}
