/** The number that a person has given as their own, whether anybody has it or not. */
import { readIdentity } from '@enroute/shared/packet/contents.ts';
import { UIN_FIELD } from '@enroute/shared/policy/rules/numbers.ts';
import type { Work } from '../stage.ts';

/** @returns undefined where none is given @throws EnrouteError ENR-PKT-… when the packet does not open */
export function statedUin({ packets }: Pick<Work, 'packets'>): string | undefined {
  const { [UIN_FIELD]: stated } = readIdentity(packets().packet);
  return typeof stated === 'string' && stated !== '' ? stated : undefined;
}

/** No number is empty, so nobody has this one: what is done for it comes to "unknown". */
export const NOBODY = '-';
