/** Looking after a core that runs. */
import type { StatusTable } from '../status-table.ts';

export const OPERATIONS_STATUS = {
  'ENR-PIP-001': {
    sentence: 'The conservation law does not hold: something that came in is not where it should be.',
    next: 'Look at `enroute core conservation`, which names the registrations, and do not delete anything.',
  },
  'ENR-PIP-002': {
    sentence: 'Registrations have not moved for far longer than others take.',
    next: 'Look at `enroute core status`; the stage, its outside service, or the workers for it may be down.',
  },
} as const satisfies StatusTable;
