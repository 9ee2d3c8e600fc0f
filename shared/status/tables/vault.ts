/** Where the core keeps packet bytes. */
import type { StatusTable } from '../status-table.ts';

export const VAULT_STATUS = {
  'ENR-VLT-001': {
    sentence: 'The core does not hold the bytes of this packet.',
    next: 'Check the core: `enroute core scrub` names what is missing. The station still has what it got no answer for.',
  },
} as const satisfies StatusTable;
