/** Flows as files, their versions, and the end that a pause can bring. */
import type { StatusTable } from '../status-table.ts';

export const FLOW_STATUS = {
  'ENR-FLW-001': {
    sentence: 'A flow is not in order.',
    next: 'Correct its file at the named places; `enroute core flow check` says when it is right.',
  },
  'ENR-FLW-002': {
    sentence: 'The registration was held back, and nobody let it go on in time.',
    next: 'Ask the administrator why it was held back.',
  },
  'ENR-FLW-003': {
    sentence: 'There is no such flow, or no such version of it.',
    next: 'List them with `enroute core flow versions`.',
  },
  'ENR-FLW-004': {
    sentence: 'Registrations are at a stage that has no place in the other version of the flow.',
    next: 'Say with --map where they go on; --preview lists them.',
  },
  'ENR-FLW-005': {
    sentence: 'Registrations run on a version of a flow that is not at hand, and stand still.',
    next: 'Count them with `enroute core flow versions`; load that version, or move them with `enroute core flow migrate`.',
  },
} as const satisfies StatusTable;
